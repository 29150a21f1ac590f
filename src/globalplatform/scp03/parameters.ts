/** Modes, security levels and the i parameter of SCP03 (GPC Amendment D v1.2 §5.1, table 7-6). */
import { hex8 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';

/** S8: challenges, cryptograms and MACs of 8 octets; S16: of 16 (from Amendment D v1.2 on). */
export type Scp03Mode = 'S8' | 'S16';

/** Octets of a challenge, cryptogram or MAC. */
export function macLength(mode: Scp03Mode): 8 | 16 {
  return mode === 'S8' ? 8 : 16;
}

/** The security levels that SCP03 defines; 33 protects everything in both directions. */
export const SECURITY_LEVELS = [0x00, 0x01, 0x03, 0x11, 0x13, 0x33] as const;
/** P1 of EXTERNAL AUTHENTICATE: 01 C-MAC, 02 C-DECRYPTION, 10 R-MAC, 20 R-ENCRYPTION. */
export type SecurityLevel = (typeof SECURITY_LEVELS)[number];

/**
 * Narrows a number to a defined security level.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 * @example securityLevel(0x02) // throws USAGE_ARGUMENT
 */
export function securityLevel(value: number): SecurityLevel {
  const level = SECURITY_LEVELS.find((one) => one === value);
  if (level !== undefined) return level;
  throw new UsageError(
    'USAGE_ARGUMENT',
    `security level ${hex8(value)} is not one of ${SECURITY_LEVELS.map(hex8).join(', ')}`,
  );
}

/** What a level protects. */
export interface Protection {
  readonly commandMac: boolean;
  readonly commandEncryption: boolean;
  readonly responseMac: boolean;
  readonly responseEncryption: boolean;
}

/**
 * The bits of a security level by name.
 *
 * @example protectionOf(0x03).responseMac // → false
 */
export function protectionOf(level: SecurityLevel): Protection {
  return {
    commandMac: (level & 0x01) !== 0,
    commandEncryption: (level & 0x02) !== 0,
    responseMac: (level & 0x10) !== 0,
    responseEncryption: (level & 0x20) !== 0,
  };
}

/** The i parameter, read bit by bit (table 5-1). */
export interface ImplementationOptions {
  readonly raw: number;
  readonly mode: Scp03Mode;
  readonly pseudoRandom: boolean;
  readonly responseMac: boolean;
  readonly responseEncryption: boolean;
  /** Bits that the table reserves are set, or R-ENCRYPTION is announced without R-MAC. */
  readonly reserved: boolean;
}

/**
 * The i parameter of a card, one octet, as its bits say.
 *
 * @example decodeI(0x70).responseEncryption // → true
 */
export function decodeI(raw: number): ImplementationOptions {
  const responses = (raw >> 5) & 0x03;
  return {
    raw,
    mode: (raw & 0x01) === 0 ? 'S8' : 'S16',
    pseudoRandom: (raw & 0x10) !== 0,
    responseMac: (responses & 0x01) !== 0,
    responseEncryption: responses === 0x03,
    reserved: (raw & 0x8e) !== 0 || responses === 0x02,
  };
}

/**
 * What some cards do otherwise than Amendment D §6.2.6 says of a command without data. Off unless named.
 *
 * - `encrypt-empty-data`: they expect one block of padding, encrypted
 * - `no-count-on-empty-data`: they do not count the command
 */
export const DEVIATIONS = ['encrypt-empty-data', 'no-count-on-empty-data'] as const;
export type Deviation = (typeof DEVIATIONS)[number];
