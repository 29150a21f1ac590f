/**
 * The container of a key store file: scrypt (RFC 7914) and AES-256-GCM (NIST SP 800-38D) around octets, as JSON.
 * A checksum tells damage from a wrong passphrase, before the passphrase is tried.
 */
import { createCipheriv, createDecipheriv, createHash, scrypt } from 'node:crypto';
import { z } from 'zod';
import { decodeUtf8, encodeUtf8, fromHex, toHex } from '../../bytes/index.js';
import { SecurityError } from '../../errors/index.js';
import { sameSecret } from '../compare.js';

/** Cost of scrypt: N, r, p. The default takes 128 MB and about half a second. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}
/** Cost of what is written: 128 MiB of memory for each try of a passphrase. */
export const DEFAULT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };

const hexOf = (octets: number) => z.string().regex(new RegExp(`^[0-9a-f]{${octets * 2}}$`));
const header = z.strictObject({
  format: z.literal('simboot-keystore'),
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    // bounds, so that a file cannot ask for all memory or years
    n: z
      .int()
      .min(2)
      .max(2 ** 20),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: hexOf(32),
  }),
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: hexOf(12) }),
});
const container = z.strictObject({
  ...header.shape,
  ciphertext: z.string().regex(/^(?:[0-9a-f]{2})*$/),
  tag: hexOf(16),
  sha256: hexOf(32),
});
type Header = z.infer<typeof header>;
type Container = z.infer<typeof container>;

/**
 * Seals octets under a passphrase; salt and nonce are new each time.
 *
 * @param random of cryptographic quality
 */
export async function seal(
  content: Uint8Array,
  passphrase: string,
  random: (octets: number) => Uint8Array,
  cost: ScryptCost = DEFAULT_COST,
): Promise<Uint8Array> {
  const head: Header = {
    format: 'simboot-keystore',
    version: 1,
    kdf: { name: 'scrypt', n: cost.n, r: cost.r, p: cost.p, salt: toHex(random(32)) },
    cipher: { name: 'aes-256-gcm', nonce: toHex(random(12)) },
  };
  const key = await stretch(passphrase, head.kdf);
  const cipher = createCipheriv('aes-256-gcm', key, fromHex(head.cipher.nonce));
  cipher.setAAD(encodeUtf8(JSON.stringify(head)));
  const ciphertext = toHex(Buffer.concat([cipher.update(content), cipher.final()]));
  key.fill(0);
  const body = { ...head, ciphertext, tag: toHex(cipher.getAuthTag()) };
  return encodeUtf8(`${JSON.stringify({ ...body, sha256: checksum(body) }, null, 2)}\n`);
}

/**
 * The octets that were sealed; wipe them after use.
 *
 * @throws SecurityError `SECURITY_KEYSTORE_DAMAGED`, `SECURITY_KEYSTORE_PASSPHRASE`
 */
export async function unseal(file: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { sha256, ciphertext, tag, ...head } = parse(file);
  if (!sameSecret(fromHex(sha256), fromHex(checksum({ ...head, ciphertext, tag })))) {
    throw damaged('its checksum does not match');
  }
  const key = await stretch(passphrase, head.kdf);
  const decipher = createDecipheriv('aes-256-gcm', key, fromHex(head.cipher.nonce));
  decipher.setAAD(encodeUtf8(JSON.stringify(head))).setAuthTag(fromHex(tag));
  try {
    const parts = [decipher.update(fromHex(ciphertext)), decipher.final()];
    const content = Uint8Array.from(Buffer.concat(parts));
    for (const part of parts) part.fill(0);
    return content;
  } catch (cause) {
    throw new SecurityError('SECURITY_KEYSTORE_PASSPHRASE', 'the passphrase does not open the key store', {
      cause,
    });
  } finally {
    key.fill(0);
  }
}

export function damaged(why: string): SecurityError {
  return new SecurityError('SECURITY_KEYSTORE_DAMAGED', `the key store is damaged: ${why}`);
}

function parse(file: Uint8Array): Container {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(file));
  } catch {
    throw damaged('it is not JSON');
  }
  const result = container.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(`${issue?.path.join('.') || 'the file'} is not as the format has it`);
}

/** Over the compact JSON of everything but itself; the schema gives the fields their order. */
function checksum(body: Omit<Container, 'sha256'>): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

function stretch(passphrase: string, { n, r, p, salt }: Header['kdf']): Promise<Uint8Array> {
  const options = { N: n, r, p, maxmem: 256 * n * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), fromHex(salt), 32, options, (error, key) => {
      if (error) reject(damaged('scrypt refuses its parameters'));
      else resolve(key);
    });
  });
}
