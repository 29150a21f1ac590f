/**
 * Registration of a device with its server for the push service of Google, Firebase Cloud Messaging today (DM 2.0 E.2.3,
 * interface 4): a form with the key RegId. docs/decisions/gcm-registration.md.
 */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** What a device registers, or takes back. */
export interface PushRegistration {
  /** The identifier that the push service gave to this client. */
  readonly regId: string;
  /** The other fields of the form: those of `Push/GCM/RegParams`. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface RegistrationLimits {
  /** Octets of the form; 16384 unless told. */
  readonly maxOctets?: number;
  /** Fields of the form; 64 unless told. */
  readonly maxFields?: number;
}

/**
 * The body of the POST that registers or unregisters.
 *
 * @param regParams value of `Push/GCM/RegParams`: a query component, as the account has it
 * @throws DataError `DATA_FORM` for an empty RegId
 * @example decodeUtf8(encodePushRegistration('a:b', 'tenant=x%20y')) // → 'RegId=a%3Ab&tenant=x%20y'
 */
export function encodePushRegistration(regId: string, regParams = ''): Uint8Array {
  if (regId === '') fail('the RegId is empty');
  const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());
  // What may not stand in a query (RFC 3986 §3.4) is encoded; what is encoded already stays.
  const query = regParams.replace(/^[?&]+/, '').replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/gu, encoded);
  return encodeUtf8(`RegId=${encoded(regId)}${query === '' ? '' : `&${query}`}`);
}

/**
 * Reads the body of a registration: `RegId`, also written `RegID` or in any other case.
 *
 * @throws DataError `DATA_FORM`: no RegId, two different ones, one that is not 1 to 4096 printable characters of ASCII,
 * no UTF-8; `DATA_LIMIT`
 * @example parsePushRegistration(encodeUtf8('RegID=abc&x=1')).regId // → 'abc'
 */
export function parsePushRegistration(body: Uint8Array, limits: RegistrationLimits = {}): PushRegistration {
  const { maxOctets = 16_384, maxFields = 64 } = limits;
  if (body.length > maxOctets)
    throw new DataError('DATA_LIMIT', `the form has more than ${maxOctets} octets`);
  const pairs = Buffer.from(body)
    .toString('latin1')
    .split('&', maxFields + 1)
    .filter((pair) => pair !== '');
  if (pairs.length > maxFields)
    throw new DataError('DATA_LIMIT', `the form has more than ${maxFields} fields`);
  let regId: string | undefined;
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const [name, value] = field(pair);
    if (name.toLowerCase() !== 'regid') parameters.set(name, value);
    else if (regId !== undefined && regId !== value) fail('two different values of RegId');
    else regId = value;
  }
  if (regId === undefined || regId === '') return fail('no RegId');
  if (!/^[\x21-\x7e]{1,4096}$/.test(regId))
    fail('the RegId is too long, or has characters that no RegId has');
  return { regId, parameters };
}

function field(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [text(pair), ''] : [text(pair.slice(0, at)), text(pair.slice(at + 1))];
}

function text(encoded: string): string {
  const octets = encoded.replaceAll('+', ' ').replace(/[\u0080-\u00ff]/g, encodeLatin);
  try {
    return decodeURIComponent(octets);
  } catch {
    return fail('a field is not percent-encoded UTF-8');
  }
}

/** Octets above 7F that stand in the form as they are take part in the UTF-8 like encoded ones. */
function encodeLatin(char: string): string {
  return `%${char.charCodeAt(0).toString(16)}`;
}

function fail(message: string): never {
  throw new DataError('DATA_FORM', message);
}
