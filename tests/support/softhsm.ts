/** SoftHSM as PKCS#11 token: a token directory of its own for each suite, so that suites and users never meet. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';

const MODULE = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
].find(existsSync);

export interface SoftHsmToken {
  readonly module: string;
  readonly token: string;
  readonly pin: string;
}

/** What of the token is missing here; empty where suites can run. */
function missingParts(): string[] {
  const missing: string[] = [];
  if (MODULE === undefined) missing.push('the SoftHSM module is not installed');
  const directories = (process.env.PATH ?? '').split(delimiter);
  if (!directories.some((directory) => existsSync(join(directory, 'softhsm2-util')))) {
    missing.push('softhsm2-util is not installed');
  }
  try {
    createRequire(__filename)('pkcs11js');
  } catch {
    missing.push('the PKCS#11 binding (pkcs11js) is not built');
  }
  return missing;
}

/** A suite with a token. Where a part is missing it is listed as skipped with the reason; on CI it fails. */
export function requireSoftHsm(name: string, suite: (token: SoftHsmToken) => void): void {
  const token = { module: MODULE ?? '', token: 'simboot test', pin: '2468' };
  const reason = missingParts().join('; ');
  if (reason === '') {
    describe(name, () => {
      beforeAll(() => createToken(token));
      suite(token);
    });
  } else if (!process.env.CI) {
    describe.skip(`${name} [not run: ${reason}]`, () => suite(token));
  } else {
    test(`${name}: SoftHSM must be there on CI`, () => {
      throw new Error(reason);
    });
  }
}

async function createToken({ token, pin }: SoftHsmToken): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-token-'));
  mkdirSync(join(directory, 'tokens'));
  const configuration = join(directory, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${join(directory, 'tokens')}\nlog.level = ERROR\n`);
  await setInProcess('SOFTHSM2_CONF', configuration);
  execFileSync(
    'softhsm2-util',
    ['--init-token', '--free', '--label', token, '--so-pin', '13579', '--pin', pin],
    { env: { ...process.env, SOFTHSM2_CONF: configuration }, stdio: 'ignore' },
  );
}

/** The module reads the environment of the process, of which a test has only a copy. */
async function setInProcess(name: string, value: string): Promise<void> {
  const code = `process.env[${JSON.stringify(name)}] = ${JSON.stringify(value)}`;
  const worker = new Worker(code, { eval: true, env: SHARE_ENV });
  await new Promise((resolve) => worker.on('exit', resolve));
}
