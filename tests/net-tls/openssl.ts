/** The openssl program as the other end, and as the authority that makes certificates. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with certificates: see `makeCertificates`. */
export interface Certificates {
  readonly folder: string;
  file(name: string): string;
  read(name: string): Uint8Array;
  /** Certificate and key as a listener takes them. */
  pair(name: string): { cert: Uint8Array; key: Uint8Array; where: string };
  /** DER of a certificate. */
  der(name: string): Uint8Array;
  /** PKCS#8 DER of a key. */
  keyDer(name: string): Uint8Array;
  /** Makes another certificate; `issued` by the CA, or self-signed. */
  make(name: string, key: 'ec' | 'rsa' | readonly string[], subject: string, more?: readonly string[]): void;
  readonly issued: readonly string[];
  /** A certificate for localhost with the key of another one, which the CA let end yesterday. */
  expire(name: string, copy: string): void;
  remove(): void;
}

/** Runs openssl to its end. */
function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const KEYS = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
};

/**
 * A CA (`ca`), servers `rsa` and `ec` for localhost and 127.0.0.1, `other` for another host, a client `device`, and a
 * self-signed client `lone`.
 */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-tls-'));
  const file = (name: string): string => join(folder, name);
  const make: Certificates['make'] = (name, key, subject, more = []) => {
    const kind = typeof key === 'string' ? KEYS[key] : key;
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
    openssl('req', '-x509', ...kind, '-nodes', ...out, '-days', '30', '-subj', subject, ...more);
  };
  const issued = [
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  make('ca', 'ec', '/CN=Test CA', ['-addext', 'keyUsage=critical,keyCertSign']);
  make('rsa', 'rsa', '/CN=localhost', [...issued, ...names]);
  make('ec', 'ec', '/CN=localhost', [...issued, ...names]);
  make('other', 'ec', '/CN=other.example', [...issued, '-addext', 'subjectAltName=DNS:other.example']);
  make('device', 'ec', '/CN=device-1', issued);
  make('lone', 'ec', '/CN=lone');
  const read = (name: string): Uint8Array => readFileSync(file(name));
  const toDer = (...args: string[]): Uint8Array => execFileSync('openssl', [...args, '-outform', 'DER']);
  return {
    folder,
    file,
    read,
    pair: (name) => ({ cert: read(`${name}.crt`), key: read(`${name}.key`), where: `${name}.crt` }),
    der: (name) => toDer('x509', '-in', file(`${name}.crt`)),
    keyDer: (name) => toDer('pkcs8', '-topk8', '-nocrypt', '-in', file(`${name}.key`)),
    make,
    issued,
    expire: (name, copy) => {
      const key = file(`${name}.key`);
      const names = ['-addext', 'subjectAltName=DNS:localhost'];
      openssl('req', '-new', '-key', key, '-subj', '/CN=localhost', ...names, '-out', file('csr.pem'));
      const by = [
        '-CA',
        file('ca.crt'),
        '-CAkey',
        file('ca.key'),
        '-CAcreateserial',
        '-copy_extensions',
        'copy',
      ];
      openssl('x509', '-req', '-in', file('csr.pem'), ...by, '-days', '-1', '-out', file(`${copy}.crt`));
      copyFileSync(file(`${name}.key`), file(`${copy}.key`));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Connects with `openssl s_client`, sends `input`, and gives what it printed when the server closed. */
export function sClient(port: number, args: readonly string[], input = GET_AND_CLOSE): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `localhost:${port}`, '-ign_eof', ...args]);
  const output = collect(child);
  child.stdin?.on('error', () => {});
  child.stdin?.write(input);
  return output;
}

function collect(child: ChildProcess): Promise<string> {
  let output = '';
  const add = (chunk: Buffer): void => {
    output += chunk.toString('latin1');
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  const timer = setTimeout(() => child.kill(), 8_000);
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer);
      resolve(output);
    });
  });
}

/** A request that makes the server close after its answer. */
const GET_AND_CLOSE = 'GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** `openssl s_server -www`: answers every GET with a page that names version and cipher suite. */
export interface OpensslServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts it on a free port and waits until it listens. */
export async function sServer(args: readonly string[]): Promise<OpensslServer> {
  const child = spawn('openssl', ['s_server', '-accept', 'localhost:0', '-www', ...args]);
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    const look = (chunk: Buffer): void => {
      output += chunk.toString('latin1');
      const found = /ACCEPT \S*:(\d+)/.exec(output);
      if (found) resolve(Number(found[1]));
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('close', () => reject(new Error(`s_server ended: ${output}`)));
  });
  return {
    url: `https://localhost:${port}/`,
    port,
    stop: () => {
      child.kill();
      return closed;
    },
  };
}
