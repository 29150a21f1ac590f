/** PINs and administrative keys: values, retry counters, presenting (TS 102 221 §9.5, §11.1.9; TS 51.011 §8.9). */
import { explainStatus, isDone, SW, SW_2G, statusError } from '../apdu/index.js';
import { concat, fromHex, hex8, padEnd } from '../bytes/index.js';
import { type CardError, SecurityError, UsageError } from '../errors/index.js';
import type { KeyReference, PinStatus, PresentPolicy } from './card.js';
import { keyName } from './names.js';
import { ask, type Wire } from './wire.js';

/** How one mode reads a retry counter. */
export type StatusReader = (key: KeyReference) => Promise<PinStatus>;

/** Octets of every PIN and ADM value on the wire. */
const VALUE_LENGTH = 8;

/**
 * The 8 octets of a PIN: ASCII digits filled up with FF.
 *
 * @throws UsageError `USAGE_ARGUMENT` for other than 4 to 8 decimal digits; the message never shows the value
 * @example toHex(encodePin('1234')) // → '31323334ffffffff'
 */
export function encodePin(pin: string): Uint8Array {
  if (!/^\d{4,8}$/.test(pin)) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `a PIN has 4 to 8 decimal digits (${pin.length} characters given)`,
    );
  }
  return padEnd(
    Uint8Array.from(pin, (digit) => digit.charCodeAt(0)),
    VALUE_LENGTH,
  );
}

/**
 * The 8 octets of an ADM key, from exactly one notation.
 *
 * @param value `hex`: 16 hexadecimal digits; `ascii`: 8 printable characters
 * @throws UsageError `USAGE_ARGUMENT` for any other length or character; the message never shows the value
 * @example
 * toHex(parseKeyValue({ ascii: '12345678' })) // → '3132333435363738'
 * parseKeyValue({ hex: '12345678' }) // throws USAGE_ARGUMENT
 */
export function parseKeyValue(value: { readonly hex: string } | { readonly ascii: string }): Uint8Array {
  if ('hex' in value) {
    const digits = value.hex.replace(/[\s:]/g, '');
    if (/^[0-9a-fA-F]{16}$/.test(digits)) return fromHex(digits);
    const hint = digits.length === VALUE_LENGTH ? '; eight characters are an ASCII value' : '';
    throw new UsageError('USAGE_ARGUMENT', `a key in hex has 16 digits (${digits.length} given)${hint}`);
  }
  const { ascii } = value;
  if (/^[\x20-\x7e]{8}$/.test(ascii)) return Uint8Array.from(ascii, (char) => char.charCodeAt(0));
  const hint = ascii.length === 16 ? '; sixteen digits are a hex value' : '';
  throw new UsageError('USAGE_ARGUMENT', `a key in ASCII has 8 characters (${ascii.length} given)${hint}`);
}

/** 3G: the empty VERIFY tells the counter and spends no try (TS 102 221 §11.1.9.1). */
export async function pinStatus3g(wire: Wire, key: KeyReference): Promise<PinStatus> {
  const { sw } = await ask(wire, { ins: 0x20, p1: 0, p2: key });
  if (sw === SW.OK) return { key, state: 'verified' };
  const { tries } = explainStatus(sw);
  if (tries !== undefined) return { key, state: tries > 0 ? 'needed' : 'blocked', tries };
  if (sw === SW.AUTHENTICATION_BLOCKED) return { key, state: 'blocked', tries: 0 };
  if (sw === SW.REFERENCE_DATA_UNUSABLE) return { key, state: 'disabled' };
  return { key, state: 'unknown' };
}

/**
 * Presents a value once, under the policy; never a second time, whatever the card answers.
 *
 * @throws SecurityError, see `Card.present`
 */
export async function presentOnce(
  wire: Wire,
  readStatus: StatusReader,
  key: KeyReference,
  value: Uint8Array,
  policy: PresentPolicy,
): Promise<void> {
  requireLength(key, value);
  const status = await readStatus(key);
  if (status.state === 'verified') return;
  refuseByPolicy(status, policy, 'enabled');
  const { sw } = await ask(wire, { ins: 0x20, p1: 0, p2: key, data: value });
  if (!isDone(sw)) throw refusal('VERIFY', sw, key, status.tries);
}

/** What is done to a PIN besides presenting it; the instruction is the same in both modes. */
export type PinCommand =
  | { readonly kind: 'change'; readonly next: Uint8Array }
  | { readonly kind: 'enable' }
  | { readonly kind: 'disable' };

const INSTRUCTIONS = { change: 0x24, disable: 0x26, enable: 0x28 } as const;

/**
 * CHANGE, ENABLE or DISABLE PIN, once, under the policy. A PIN that was presented before is not asked for its counter:
 * its value is known to be right.
 *
 * @throws SecurityError, see `Card.changePin`
 */
export async function manageOnce(
  wire: Wire,
  readStatus: StatusReader,
  key: KeyReference,
  value: Uint8Array,
  command: PinCommand,
  policy: PresentPolicy,
): Promise<void> {
  const next = command.kind === 'change' ? command.next : new Uint8Array(0);
  requireLength(key, value);
  if (command.kind === 'change') requireLength(key, next);
  const status = await readStatus(key);
  if (status.state !== 'verified') {
    refuseByPolicy(status, policy, command.kind === 'enable' ? 'disabled' : 'enabled');
  } else if (command.kind === 'enable') throw unusable(key, 'enabled');
  const data = concat(value, next);
  const { sw } = await ask(wire, { ins: INSTRUCTIONS[command.kind], p1: 0, p2: key, data });
  data.fill(0);
  if (!isDone(sw)) throw refusal(`${command.kind.toUpperCase()} PIN`, sw, key, status.tries);
}

function requireLength(key: KeyReference, value: Uint8Array): void {
  if (value.length === VALUE_LENGTH) return;
  throw new UsageError('USAGE_ARGUMENT', `${keyName(key)}: a value has 8 octets, not ${value.length}`);
}

function unusable(key: KeyReference, state: 'enabled' | 'disabled', tries?: number): SecurityError {
  const details = { key: hex8(key), ...(tries === undefined ? {} : { tries }) };
  const message = `${keyName(key)} is ${state}, nothing was presented`;
  return new SecurityError('SECURITY_PIN_UNUSABLE', message, { details });
}

/** @param wanted what the PIN has to be for the command */
function refuseByPolicy(
  { key, state, tries }: PinStatus,
  policy: PresentPolicy,
  wanted: 'enabled' | 'disabled',
): void {
  const name = keyName(key);
  const details = { key: hex8(key), ...(tries === undefined ? {} : { tries }) };
  if (state === 'blocked') throw new SecurityError('SECURITY_BLOCKED', `${name} is blocked`, { details });
  if (wanted === 'enabled' && state === 'disabled') throw unusable(key, 'disabled', tries);
  if (wanted === 'disabled' && state === 'needed') throw unusable(key, 'enabled', tries);
  if (tries === undefined && !policy.consentUnknownTries) {
    const message = `the card does not tell how many tries ${name} has left, nothing was presented`;
    throw new SecurityError('SECURITY_TRIES_UNKNOWN', message, { details });
  }
  if (tries === 1 && !policy.allowLastTry) {
    throw new SecurityError('SECURITY_LAST_TRY', `${name} has one try left, nothing was presented`, {
      details,
    });
  }
}

/** The error after a value that the card did not accept. */
function refusal(
  command: string,
  sw: number,
  key: KeyReference,
  before: number | undefined,
): SecurityError | CardError {
  const name = keyName(key);
  const { tries: told } = explainStatus(sw);
  const wrong = told !== undefined || sw === 0x6300 || sw === SW_2G.ACCESS_DENIED;
  const blocked = told === 0 || sw === SW.AUTHENTICATION_BLOCKED || sw === SW_2G.BLOCKED;
  const tries = blocked ? 0 : (told ?? (wrong && before !== undefined ? before - 1 : undefined));
  const details = {
    key: hex8(key),
    sw: sw.toString(16).toUpperCase(),
    ...(tries === undefined ? {} : { tries }),
  };
  if (blocked) {
    return new SecurityError('SECURITY_BLOCKED', `${name} was refused and is blocked now`, { details });
  }
  if (wrong) {
    const left =
      tries === undefined
        ? 'the card does not tell the tries left'
        : `${tries} ${tries === 1 ? 'try' : 'tries'} left`;
    return new SecurityError('SECURITY_PIN_WRONG', `the card refused the value of ${name}; ${left}`, {
      details,
    });
  }
  return statusError(sw, `${command} ${name}`, { key: hex8(key) }) as SecurityError | CardError;
}
