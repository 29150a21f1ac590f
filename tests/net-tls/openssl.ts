/** The openssl program as the other end, and as the authority that makes certificates. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with certificates: see `makeCertificates`. */
export interface Certificates {
  readonly folder: string;
  file(name: string): string;
  read(name: string): Uint8Array;
  remove(): void;
}

/** Runs openssl to its end. */
export function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * A CA (`ca.crt`), servers `rsa` and `ec` for localhost and 127.0.0.1, `other` for another host, a client `device`, and
 * a self-signed client `lone`.
 */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-tls-'));
  const file = (name: string): string => join(folder, name);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const rsa = ['-newkey', 'rsa:2048', '-nodes'];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const request = (name: string, key: string[], subject: string, more: string[]): void => {
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.crt`),
      '-days',
      '30',
      '-subj',
      subject,
      ...more,
    );
  };
  const issued = [
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  request('ca', ec, '/CN=Test CA', ['-addext', 'keyUsage=critical,keyCertSign']);
  request('rsa', rsa, '/CN=localhost', [...issued, ...names]);
  request('ec', ec, '/CN=localhost', [...issued, ...names]);
  request('other', ec, '/CN=other.example', [...issued, '-addext', 'subjectAltName=DNS:other.example']);
  request('device', ec, '/CN=device-1', issued);
  request('lone', ec, '/CN=lone', []);
  return {
    folder,
    file,
    read: (name) => readFileSync(file(name)),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** What `openssl s_client` printed. */
export interface ClientRun {
  readonly output: string;
  readonly exit: number | null;
}

/** Connects with `openssl s_client`, sends `input`, and waits until the server closes. */
export function sClient(port: number, args: string[], input = ''): Promise<ClientRun> {
  const child = spawn('openssl', ['s_client', '-connect', `localhost:${port}`, '-ign_eof', ...args]);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.write(input);
  const timer = setTimeout(() => child.kill(), 8_000);
  return new Promise((resolve) => {
    child.on('close', (exit) => {
      clearTimeout(timer);
      resolve({ output, exit });
    });
  });
}

/** A request that makes the server close after its answer. */
export const GET_AND_CLOSE = 'GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
