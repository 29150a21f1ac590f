/** Nonces (RFC 7616 §3.3, §5.4): signed with their time, so only those in use need memory; each count works once. */
import { createHmac, randomBytes } from 'node:crypto';
import { sameSecret } from '../../crypto/index.js';

export interface NonceOptions {
  readonly clock: () => Date;
  /** How long a nonce works. */
  readonly lifeMs: number;
  /** Nonces in use that are remembered; those before the oldest forgotten one are stale. */
  readonly remembered: number;
  /** Signs nonces; a random one unless given. Servers that share it accept one another's nonces. */
  readonly secret?: Uint8Array;
}

/** What a nonce is worth. */
export type NonceVerdict = 'good' | 'stale' | 'forged' | 'replayed';

/** Counts behind the highest seen one that still count, once each. */
const WINDOW = 32;

interface Use {
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  seen: number;
}

/** Makes nonces, and tells whether one may be used now. */
export class Nonces {
  readonly #options: NonceOptions;
  readonly #secret: Uint8Array;
  readonly #uses = new Map<string, Use>();
  /** Nonces made before this are stale, since their counts are forgotten. */
  #floor = 0;

  constructor(options: NonceOptions) {
    this.#options = options;
    this.#secret = options.secret ?? randomBytes(32);
  }

  /** A new nonce: time, chance, signature. */
  make(): string {
    const time = this.#options.clock().getTime().toString(16).padStart(12, '0');
    const body = `${time}${randomBytes(8).toString('hex')}`;
    return `${body}${this.#sign(body)}`;
  }

  /** Whether a nonce is ours and young enough; counts nothing. */
  judge(nonce: string): Exclude<NonceVerdict, 'replayed'> {
    if (!/^[0-9a-f]{60}$/.test(nonce)) return 'forged';
    const body = nonce.slice(0, 28);
    if (!sameSecret(Buffer.from(nonce.slice(28)), Buffer.from(this.#sign(body)))) return 'forged';
    const made = Number.parseInt(nonce.slice(0, 12), 16);
    const age = this.#options.clock().getTime() - made;
    return age > this.#options.lifeMs || age < -1_000 || made < this.#floor ? 'stale' : 'good';
  }

  /** Uses one count of a nonce. Call it only for a response that was right, so that nobody else fills the memory. */
  use(nonce: string, count: number): NonceVerdict {
    const verdict = this.judge(nonce);
    if (verdict !== 'good') return verdict;
    const use = this.#uses.get(nonce) ?? { highest: 0, seen: 0 };
    if (!mark(use, count)) return 'replayed';
    this.#uses.set(nonce, use);
    this.#forget();
    return 'good';
  }

  #forget(): void {
    for (const nonce of this.#uses.keys()) {
      const spare = this.#uses.size > this.#options.remembered;
      if (!spare && this.judge(nonce) === 'good') return;
      this.#uses.delete(nonce);
      if (spare) this.#floor = Math.max(this.#floor, Number.parseInt(nonce.slice(0, 12), 16) + 1);
    }
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('hex').slice(0, 32);
  }
}

/** Marks a count; false where it was seen or is too old. */
function mark(use: Use, count: number): boolean {
  if (count > use.highest) {
    const ahead = count - use.highest;
    use.seen = ahead >= WINDOW ? 1 : ((use.seen << ahead) | 1) >>> 0;
    use.highest = count;
    return true;
  }
  const behind = use.highest - count;
  const bit = 2 ** behind;
  if (count < 1 || behind >= WINDOW || (use.seen & bit) !== 0) return false;
  use.seen = (use.seen | bit) >>> 0;
  return true;
}
