/** Certificates and keys made by OpenSSL, so that simboot is not its own judge. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'simboot-certificates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function openssl(...args: string[]): Buffer {
  return execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function read(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(folder, name)));
}

export interface Pair {
  /** PEM files. */
  readonly certificate: Uint8Array;
  readonly privateKey: Uint8Array;
  /** Name of the files in the folder: NAME.pem, NAME.key. */
  readonly name: string;
}

const made = new Map<string, Pair>();

/** A self-signed certificate valid from 2020 to 2040 unless told; `kind` as `openssl req -newkey` takes it. */
export function pair(
  name: string,
  kind: 'rsa:2048' | 'rsa:1024' | 'ed25519' | `ec:${string}`,
  ...more: string[]
): Pair {
  const known = made.get(name);
  if (known !== undefined) return known;
  const [type = '', detail = ''] = kind.split(':');
  const newkey =
    type === 'ec' ? ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${detail}`] : ['-newkey', kind];
  openssl(
    'req',
    ...newkey,
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/O=Example/CN=${name}`,
  );
  const dates = more.length > 0 ? more : ['-not_before', '20200101000000Z', '-not_after', '20400101000000Z'];
  selfSign(name, dates);
  const result = { name, certificate: read(`${name}.pem`), privateKey: read(`${name}.key`) };
  made.set(name, result);
  return result;
}

// OpenSSL 3.0 knows dates only in `ca`; newer versions know them in `x509` too.
function selfSign(name: string, dates: string[]): void {
  const [, start = '', , end = ''] = dates;
  execFileSync('sh', ['-c', `rm -rf ${name}.db* && : > ${name}.db && echo 01 > ${name}.serial`], {
    cwd: folder,
  });
  const config = `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.db\nserial=${name}.serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\nO=optional\nCN=supplied\n[e]\nbasicConstraints=CA:FALSE\n`;
  execFileSync('sh', ['-c', `cat > ${name}.cnf`], { cwd: folder, input: config });
  openssl(
    'ca',
    '-batch',
    '-config',
    `${name}.cnf`,
    '-selfsign',
    '-keyfile',
    `${name}.key`,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.pem`,
    '-notext',
    '-startdate',
    start,
    '-enddate',
    end,
  );
}

/** The same file in another form, by OpenSSL. */
export function convert(command: string, input: string, output: string, ...args: string[]): Uint8Array {
  openssl(command, '-in', input, '-out', output, ...args);
  return read(output);
}
