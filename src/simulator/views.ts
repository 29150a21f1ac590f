/** A simulated card as tests and tools look at it: copies, and never a secret. */
import { toHex } from '../bytes/index.js';
import type { FileNode } from './files/node.js';
import type { SecurityDomain } from './security-domain/domain.js';
import { checkValue } from './security-domain/keys.js';
import type { SessionState } from './security-domain/session.js';

/** One exchange as it was on the contacts. */
export interface ExchangeRecord {
  /** From 1, over the life of the object. */
  readonly number: number;
  readonly command: Uint8Array;
  /** What came back; nothing when the card was mute or gone. */
  readonly response: Uint8Array | undefined;
  readonly outcome: 'response' | 'mute' | 'removed';
  /** Milliseconds a real card and reader would have needed. */
  readonly milliseconds: number;
}

/** A file as tests look at it: a copy. */
export interface FileView {
  readonly name: string | undefined;
  readonly kind: FileNode['kind'];
  readonly state: FileNode['state'];
  readonly content: Uint8Array;
  readonly recordLength: number;
  readonly children: readonly string[];
}

export interface PinView {
  readonly reference: number;
  readonly enabled: boolean;
  readonly verified: boolean;
  readonly tries: number;
  readonly unblockTries: number;
}

/** A key of the security domain as tests look at it. */
export interface DomainKeyView {
  readonly version: number;
  readonly identifier: number;
  /** Octets. */
  readonly length: number;
  /** Key check value in hex. */
  readonly kcv: string;
}

/** What is counted for a key version of the security domain. */
export interface DomainCounters {
  readonly sequence: number;
  readonly failures: number;
}

export interface SecureChannelView {
  readonly channel: number;
  readonly state: SessionState;
  /** Security level; 0 before authentication and after an abort. */
  readonly level: number;
  readonly keyVersion: number;
}

export function keyViews(domain: SecurityDomain | undefined): readonly DomainKeyView[] {
  return (domain?.keys.all ?? []).map(({ version, identifier, value }) => {
    const kcv = toHex(checkValue(value));
    return { version, identifier, length: value.length, kcv };
  });
}

export function sessionViews(domain: SecurityDomain | undefined): readonly SecureChannelView[] {
  return (domain?.channels ?? []).map((channel) => {
    const { state, level, version } = domain!.session(channel)!;
    return { channel, state, level, keyVersion: version };
  });
}
