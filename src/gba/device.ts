/** The device's part: from push information to the keys that open the message, with its card's help (TS 33.223). */
import { encodeUtf8, equal } from '../bytes/index.js';
import { ks, ksExtNaf } from './naf.js';
import type { GpiCodec, PushInfo } from './push-info.js';

/** What the device asks of its SIM; the adapter sends AUTHENTICATE. */
export interface PushAuthenticator {
  /** GBA_ME: the challenge of TS 33.102 with RAND and AUTN, 16 octets each; AUTS has 14. */
  authenticate(
    rand: Uint8Array,
    autn: Uint8Array,
  ): Promise<
    | { readonly kind: 'accepted'; readonly ck: Uint8Array; readonly ik: Uint8Array }
    | { readonly kind: 'resynchronise'; readonly auts: Uint8Array }
  >;
  /** GBA_U: bootstrapping, then the derivation for the NAF, which gives Ks_ext_NAF. */
  gbaKey(
    rand: Uint8Array,
    autnStar: Uint8Array,
    nafId: Uint8Array,
    impi: Uint8Array,
  ): Promise<
    | { readonly kind: 'accepted'; readonly key: Uint8Array }
    | { readonly kind: 'resynchronise'; readonly auts: Uint8Array }
  >;
}

export type PushOpened =
  | {
      readonly kind: 'keys';
      readonly info: PushInfo /** Ks_NAF or Ks_ext_NAF. */;
      readonly nafKey: Uint8Array;
    }
  | { readonly kind: 'resynchronise'; readonly info: PushInfo; readonly auts: Uint8Array }
  /** Not for this device, over, or not genuine. Nothing was kept. */
  | { readonly kind: 'dropped'; readonly reason: 'malformed' | 'expired' | 'foreign-naf' | 'forged' };

export interface PushDevice {
  readonly impi: string;
  /** NAF_Ids that may push to this device; every one where it is absent. */
  readonly nafIds?: readonly Uint8Array[];
  readonly now: Date;
}

/**
 * Opens push information: cheap checks first, then one run of AKA on the card, then the information's own MAC.
 *
 * @throws SecurityError, CardError and ReaderError of the card
 */
export async function openPushInfo(
  bytes: Uint8Array,
  codec: GpiCodec,
  card: PushAuthenticator,
  device: PushDevice,
): Promise<PushOpened> {
  const info = readInfo(bytes, codec);
  if (info === undefined) return { kind: 'dropped', reason: 'malformed' };
  if (info.expires <= device.now) return { kind: 'dropped', reason: 'expired' };
  if (device.nafIds !== undefined && !device.nafIds.some((each) => equal(each, info.nafId)))
    return { kind: 'dropped', reason: 'foreign-naf' };
  const result = await nafKeyFrom(info, card, device.impi);
  if (result.kind === 'resynchronise') return { ...result, info };
  if (!codec.verify(bytes, result.key)) return { kind: 'dropped', reason: 'forged' };
  return { kind: 'keys', info, nafKey: result.key };
}

async function nafKeyFrom(info: PushInfo, card: PushAuthenticator, impi: string) {
  const { gba, rand, autn, nafId } = info;
  if (gba === 'u') return card.gbaKey(rand, autn, nafId, encodeUtf8(impi.normalize('NFKC')));
  const result = await card.authenticate(rand, autn);
  if (result.kind === 'resynchronise') return result;
  const key = ksExtNaf({ ks: ks(result.ck, result.ik), rand, impi, nafId });
  return { kind: 'accepted' as const, key };
}

function readInfo(bytes: Uint8Array, codec: GpiCodec): PushInfo | undefined {
  try {
    return codec.decode(bytes);
  } catch {
    return undefined;
  }
}
