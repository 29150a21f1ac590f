/** AUTHENTICATE of a USIM: AKA in the 3G context, bootstrapping and NAF derivation in the GBA context (TS 31.102 §7.1). */
import { claForChannel, type ResponseApdu, statusError } from '../apdu/index.js';
import { concat } from '../bytes/index.js';
import { CardError, SecurityError, UsageError } from '../errors/index.js';
import type { ApplicationLocation, Card } from './card.js';

const INS_AUTHENTICATE = 0x88;
const CONTEXT = { UMTS: 0x81, GBA: 0x84 } as const;
const GBA_MODE = { BOOTSTRAP: 0xdd, NAF_DERIVATION: 0xde } as const;
const TAG = { SUCCESS: 0xdb, RESYNCHRONISE: 0xdc } as const;
/** Authentication error, incorrect MAC (§7.3.1). */
const SW_WRONG_MAC = 0x9862;
/** Two fields, their lengths and the mode fit into 255 octets. */
const MAX_FIELD = 126;

/** The card's sequence number is ahead: its home must begin again from what AUTS tells. */
export interface Resynchronise {
  readonly kind: 'resynchronise';
  /** 14 octets with Milenage. */
  readonly auts: Uint8Array;
}

export interface AkaAccepted {
  readonly kind: 'accepted';
  readonly res: Uint8Array;
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  /** Where the card converts keys for GSM: 8 octets. */
  readonly kc?: Uint8Array;
}

export interface GbaAccepted {
  readonly kind: 'accepted';
  /** Ks stays on the card. */
  readonly res: Uint8Array;
}

/**
 * AKA: the card checks AUTN and gives RES, CK and IK.
 *
 * @param usim by its AID
 * @param rand 16 octets
 * @param autn 16 octets
 * @throws SecurityError `SECURITY_AUTN` where the MAC of AUTN is wrong; `SECURITY_ACCESS_DENIED` without PIN1
 * @throws CardError for a card without this command
 */
export async function authenticate(
  card: Card,
  usim: ApplicationLocation,
  rand: Uint8Array,
  autn: Uint8Array,
): Promise<AkaAccepted | Resynchronise> {
  const [tag, fields] = await exchange(card, usim, CONTEXT.UMTS, challenge(rand, autn), 'AUTHENTICATE');
  if (tag === TAG.RESYNCHRONISE) return resynchronise(fields);
  const [res, ck, ik, kc] = fields;
  if (res === undefined || ck === undefined || ik === undefined) malformed();
  return { kind: 'accepted', res, ck, ik, ...(kc === undefined ? {} : { kc }) };
}

/**
 * Bootstrapping of GBA_U: the card checks AUTN*, keeps Ks, and gives RES alone.
 *
 * @throws SecurityError, CardError as `authenticate`
 */
export async function gbaBootstrap(
  card: Card,
  usim: ApplicationLocation,
  rand: Uint8Array,
  autnStar: Uint8Array,
): Promise<GbaAccepted | Resynchronise> {
  const data = concat(Uint8Array.of(GBA_MODE.BOOTSTRAP), challenge(rand, autnStar));
  const [tag, fields] = await exchange(card, usim, CONTEXT.GBA, data, 'AUTHENTICATE (GBA bootstrapping)');
  if (tag === TAG.RESYNCHRONISE) return resynchronise(fields);
  const [res] = fields;
  if (res === undefined) malformed();
  return { kind: 'accepted', res };
}

/**
 * NAF derivation of GBA_U: Ks_ext_NAF, 32 octets. Ks_int_NAF stays on the card.
 *
 * @param nafId FQDN ‖ Ua security protocol identifier
 * @param impi UTF-8
 * @throws CardError `CARD_STATUS` with 6985 where no bootstrapping came before
 */
export async function gbaNafKey(
  card: Card,
  usim: ApplicationLocation,
  nafId: Uint8Array,
  impi: Uint8Array,
): Promise<Uint8Array> {
  const data = concat(Uint8Array.of(GBA_MODE.NAF_DERIVATION), field('NAF_Id', nafId), field('IMPI', impi));
  const [tag, fields] = await exchange(card, usim, CONTEXT.GBA, data, 'AUTHENTICATE (NAF derivation)');
  const [key] = fields;
  if (tag !== TAG.SUCCESS || key?.length !== 32) malformed();
  return key;
}

/** What EF(GBABP) holds (TS 31.102 §4.2.79). */
export interface GbaBootstrapParameters {
  /** 16 octets. */
  readonly rand: Uint8Array;
  readonly bTid?: Uint8Array;
  readonly keyLifetime?: Uint8Array;
}

/**
 * Reads the content of EF(GBABP); undefined where no bootstrapping has been.
 *
 * @example decodeGbaBootstrapParameters(fromHex('FFFFFF')) // → undefined
 */
export function decodeGbaBootstrapParameters(content: Uint8Array): GbaBootstrapParameters | undefined {
  const fields: Uint8Array[] = [];
  for (let at = 0; at < content.length && content[at] !== 0xff && fields.length < 3; ) {
    const end = at + 1 + content[at]!;
    if (end > content.length) break;
    fields.push(content.slice(at + 1, end));
    at = end;
  }
  const [rand, bTid, keyLifetime] = fields;
  if (rand === undefined || rand.length === 0) return undefined;
  return {
    rand,
    ...(bTid === undefined ? {} : { bTid }),
    ...(keyLifetime === undefined ? {} : { keyLifetime }),
  };
}

async function exchange(
  card: Card,
  usim: ApplicationLocation,
  context: number,
  data: Uint8Array,
  action: string,
): Promise<[tag: number, fields: Uint8Array[]]> {
  if (card.mode === '2g') throw new CardError('CARD_MODE', `${action} needs the card in 3G mode`);
  await card.selectApplication(usim);
  const cla = claForChannel(0x00, card.logicalChannel);
  const response = await card.processor.send({
    cla,
    ins: INS_AUTHENTICATE,
    p1: 0x00,
    p2: context,
    data,
    le: 256,
  });
  return readAnswer(response, action);
}

function readAnswer({ sw, data }: ResponseApdu, action: string): [tag: number, fields: Uint8Array[]] {
  if (sw === SW_WRONG_MAC)
    throw new SecurityError('SECURITY_AUTN', `${action}: the card found a wrong MAC in AUTN (SW 9862)`);
  if (sw !== 0x9000) throw statusError(sw, action);
  const tag = data[0];
  if (tag !== TAG.SUCCESS && tag !== TAG.RESYNCHRONISE) malformed();
  const fields: Uint8Array[] = [];
  for (let at = 1; at < data.length; ) {
    const end = at + 1 + data[at]!;
    if (end > data.length) malformed();
    fields.push(data.slice(at + 1, end));
    at = end;
  }
  return [tag, fields];
}

function resynchronise([auts]: readonly Uint8Array[]): Resynchronise {
  if (auts === undefined || auts.length < 14) malformed();
  return { kind: 'resynchronise', auts };
}

function malformed(): never {
  throw new CardError('CARD_RESPONSE', 'the answer to AUTHENTICATE is not one of TS 31.102 §7.1.2');
}

function challenge(rand: Uint8Array, autn: Uint8Array): Uint8Array {
  if (rand.length !== 16) throw new UsageError('USAGE_ARGUMENT', `RAND has 16 octets, not ${rand.length}`);
  return concat(field('RAND', rand), field('AUTN', autn));
}

function field(name: string, octets: Uint8Array): Uint8Array {
  if (octets.length > MAX_FIELD)
    throw new UsageError(
      'USAGE_ARGUMENT',
      `${name} has ${octets.length} octets; ${MAX_FIELD} fit into AUTHENTICATE`,
    );
  return concat(Uint8Array.of(octets.length), octets);
}
