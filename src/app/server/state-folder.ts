/** The folder of a server that keeps everything beside itself: store, store key, certificates. */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors/index.js';
import type { TlsCertificate } from '../../net/index.js';
import { writeDurably } from '../durable.js';
import { makeCertificate } from './self-signed.js';

/** A certificate of the folder, and how a person recognises it. */
export interface FolderCertificate extends TlsCertificate {
  /** SHA-256 of the certificate in DER, lower-case hex. */
  readonly fingerprint256: string;
  readonly made: boolean;
}

/**
 * Makes the folder, for its owner alone.
 *
 * @throws UsageError `USAGE_FILE_UNWRITABLE`
 */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot use the folder ${path} (${code})`, {
      cause,
      details: { path },
    });
  }
}

/** Address of the store in a folder. */
export function folderStore(path: string): string {
  return `sqlite:${join(path, 'server.db')}`;
}

/**
 * The certificates of the folder, one with an EC key and one with an RSA key, made where they are missing.
 *
 * @param names host names and addresses for new ones
 */
export async function folderCertificates(
  path: string,
  names: readonly string[],
  now: Date,
  random: (octets: number) => Uint8Array,
): Promise<FolderCertificate[]> {
  const found: FolderCertificate[] = [];
  for (const kind of ['ec', 'rsa'] as const) {
    const file = join(path, `tls-${kind}.pem`);
    let pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read ${file} (${error.code})`, { cause: error });
    });
    const made = pem === undefined;
    if (pem === undefined) {
      const certificate = await makeCertificate(kind, names, now, random);
      pem = `${certificate.cert}${certificate.key}`;
      await writeSecret(file, pem);
    }
    const fingerprint256 = new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
    found.push({ cert: pem, key: pem, where: file, fingerprint256, made });
  }
  return found;
}

/** Whole or not at all: a crash leaves no half of a key. */
async function writeSecret(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  await writeDurably(beside, text);
  await rename(beside, path);
}
