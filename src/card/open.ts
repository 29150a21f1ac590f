/** Finds out what card it is, with as few exchanges as possible (TS 102 221 §7.3, §11.1.1; TS 51.011 §9.2.1). */
import {
  ApduProcessor,
  type CardChannel,
  CLA_2G,
  type CommandProcessor,
  isDone,
  observe,
  SW,
} from '../apdu/index.js';
import { hex16, uint16 } from '../bytes/index.js';
import { CardError } from '../errors/index.js';
import { supportsExtendedLength } from './atr.js';
import type { Card, CardMode } from './card.js';
import { MF } from './path.js';
import { SimCard } from './sim.js';
import { SHORT_LIMITS, UiccCard } from './uicc.js';

export interface OpenOptions {
  /** `auto` unless told otherwise. A UICC chooses its mode by the first command, until it is reset. */
  readonly mode?: CardMode | 'auto';
  /** Use extended lengths over T=1 where the ATR says that the card knows them; off unless asked for. */
  readonly extendedLength?: boolean;
}

const EXTENDED_LIMITS = { maxRead: 0x8000, maxUpdate: 0x7fff };

/**
 * A card on its basic channel, with the MF selected.
 *
 * @throws CardError `CARD_NOT_A_SIM` if it is neither SIM nor UICC; `CARD_MODE` if it does not know the mode asked for
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const card = await openCard(channel!, { mode: 'auto' });
 * card.mode // → '3g'
 * decodeIccid(await card.readBinary({ path: [0x3f00, 0x2fe2] })).slice(0, 2) // → '89'
 */
export async function openCard(channel: CardChannel, options: OpenOptions = {}): Promise<Card> {
  // Observed, so that a secure channel hears of everything that happens to its card.
  const processor = new ApduProcessor(observe(channel));
  const { mode = 'auto' } = options;
  const sw3g = mode === '2g' ? undefined : await selectMf3g(processor);
  if (sw3g !== undefined && isDone(sw3g)) return new UiccCard(processor, limitsOf(channel, options));
  const sw2g = mode === '3g' ? undefined : await selectMf2g(processor);
  if (sw2g !== undefined && isDone(sw2g)) return new SimCard(processor);
  throw refusal(mode, sw3g, sw2g);
}

/** SELECT MF, asking for the FCP; its answer is not fetched where that takes an exchange of its own. */
async function selectMf3g(processor: CommandProcessor): Promise<number> {
  const select = { cla: 0x00, ins: 0xa4, p1: 0x00, data: uint16(MF) };
  const le = processor.channel.protocol === 'T=1' ? { le: 256 } : {};
  const { sw } = await processor.send({ ...select, p2: 0x04, ...le });
  const refusesP2 = sw === SW.INCORRECT_P1P2 || sw === SW.WRONG_P1P2;
  return refusesP2 ? (await processor.send({ ...select, p2: 0x0c })).sw : sw;
}

async function selectMf2g(processor: CommandProcessor): Promise<number> {
  return (await processor.send({ cla: CLA_2G, ins: 0xa4, p1: 0, p2: 0, data: uint16(MF) })).sw;
}

function limitsOf(channel: CardChannel, options: OpenOptions) {
  const isExtended =
    options.extendedLength === true && channel.protocol === 'T=1' && supportsExtendedLength(channel.atr);
  return isExtended ? EXTENDED_LIMITS : SHORT_LIMITS;
}

function refusal(mode: CardMode | 'auto', sw3g: number | undefined, sw2g: number | undefined): CardError {
  const answers = [
    ...(sw3g === undefined ? [] : [`${hex16(sw3g)} in 3G`]),
    ...(sw2g === undefined ? [] : [`${hex16(sw2g)} in 2G`]),
  ].join(', ');
  const details = {
    ...(sw3g === undefined ? {} : { sw3g: hex16(sw3g) }),
    ...(sw2g === undefined ? {} : { sw2g: hex16(sw2g) }),
  };
  return mode === 'auto'
    ? new CardError('CARD_NOT_A_SIM', `neither a SIM nor a UICC: SELECT MF gives ${answers}`, { details })
    : new CardError(
        'CARD_MODE',
        `the card does not work in ${mode.toUpperCase()} mode: SELECT MF gives ${answers}`,
        {
          details,
        },
      );
}
