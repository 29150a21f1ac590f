/** Who a card is, with as few exchanges as there can be, and without leaving a trace on it. */
import type { CommandProcessor } from '../../apdu/index.js';
import { decodeIccid, toHex } from '../../bytes/index.js';
import { type Card, type CardMode, type FileLocation, openCard } from '../../card/index.js';
import { CardError, DataError, SimbootError } from '../../errors/index.js';
import { CPLC, getData, selectSecurityDomain } from '../../globalplatform/index.js';
import type { Job } from '../job/types.js';
import { KeyRing } from './keys.js';
import type { CardIdentity } from './port.js';
import { WorkSession } from './session.js';
import type { Tap } from './tap.js';

const EF_ICCID: FileLocation = { path: [0x3f00, 0x2fe2] };

/** @throws CardError `CARD_IDENTITY` where the card lacks what the job tells cards apart by; ReaderError */
export async function identifyCard(
  tap: Tap,
  { card: profile, bind }: Pick<Job, 'card' | 'bind'>,
): Promise<CardIdentity> {
  const { identity, mode } = profile;
  tap.opened = undefined;
  const card = await openCard(tap, { mode });
  const wantsIccid = identity === 'iccid' || identity === 'none' || bind.by === 'iccid';
  const iccid = wantsIccid ? await readIccid(card) : undefined;
  const cplc = identity === 'cplc' ? await readCplcOf(card) : undefined;
  const content = typeof identity === 'object' ? await readFile(tap, card, identity.file) : undefined;
  tap.opened = card;
  const id = identity === 'iccid' ? iccid : (cplc ?? content);
  if (identity !== 'none' && id === undefined) {
    const what = typeof identity === 'string' ? identity.toUpperCase() : identity.file;
    throw new CardError('CARD_IDENTITY', `the card has no ${what}, which the job tells cards apart by`);
  }
  return {
    atr: toHex(tap.atr),
    ...(iccid === undefined ? {} : { iccid }),
    ...(cplc === undefined ? {} : { cplc }),
    ...(id === undefined ? {} : { id }),
  };
}

/** Digits; nothing on a card where they are not written yet. */
async function readIccid(card: Card): Promise<string | undefined> {
  const octets = await tolerant(() => card.readBinary(EF_ICCID));
  const digits = octets === undefined ? '' : decodeIccid(octets);
  return /^\d{10,20}$/.test(digits) && !/^0+$/.test(digits) ? digits : undefined;
}

async function readFile(tap: Tap, card: Card, path: string): Promise<string | undefined> {
  const [first, ...rest] = path.toUpperCase().split('/');
  const isUsim = first === 'ADF_USIM';
  const fids = (isUsim ? rest : [first!, ...rest]).map((fid) => Number.parseInt(fid, 16));
  const octets = await tolerant(async () => {
    tap.opened = card;
    const session = new WorkSession(tap, new KeyRing(new Map()), card.mode as CardMode, undefined);
    const location = await session.locate({ isUsim, path: fids });
    const { structure } = await card.select(location);
    if (structure === 'transparent') return card.readBinary(location);
    return card.readRecord(location, 1);
  });
  const isBlank = octets?.every((octet) => octet === 0xff || octet === 0x00) ?? true;
  return isBlank ? undefined : toHex(octets!);
}

/**
 * Asked on a logical channel of its own, so that the basic channel stays where it was; a card without one is reset
 * afterwards.
 */
async function readCplcOf(card: Card): Promise<string | undefined> {
  if (card.mode === '2g') return undefined;
  let channel: Card;
  try {
    channel = await card.openLogicalChannel();
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    const cplc = await cplcThrough(card.processor, 0);
    await card.processor.channel.reset();
    return cplc;
  }
  const cplc = await cplcThrough(card.processor, channel.logicalChannel);
  await channel.close();
  return cplc;
}

async function cplcThrough(processor: CommandProcessor, logicalChannel: number): Promise<string | undefined> {
  return tolerant(async () => {
    await selectSecurityDomain(processor, { logicalChannel });
    const answer = await getData({ processor, logicalChannel }, 0x9f7f);
    CPLC.decode(answer);
    return toHex(answer.slice(-42));
  });
}

/** A card that does not have it is another kind of card, not a broken one. */
async function tolerant<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isOfCard = error instanceof SimbootError && error.kind !== 'reader' && error.kind !== 'usage';
    if (isOfCard || error instanceof DataError) return undefined;
    throw error;
  }
}
