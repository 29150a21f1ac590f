/** A card played from a script, for the tests of this room. Octets in the scripts are by hand from the clauses. */
import type { Protocol } from '../../src/apdu/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { type Card, type OpenOptions, openCard } from '../../src/card/index.js';
import type { SimbootError } from '../../src/errors/index.js';
import { type Exchange, ScriptedChannel } from '../support/scriptedChannel.js';

/** Tells nothing of the card: no extended length. */
export const PLAIN_ATR = '3B00';

export type { Exchange };

export const AID = 'A000000063504B43532D3135';
/** The PKCS#15 application at its usual place. */
export const PKCS15 = { aid: fromHex(AID), path: [0x3f00, 0x7f50] };
/** The same, where EF(DIR) gives no path. */
export const PKCS15_NO_PATH = { aid: fromHex(AID) };

const OPEN_3G: Exchange = ['00A40004 02 3F00 00', '620D 82027821 83023F00 8A0105 C600 9000'];
const OPEN_2G: readonly Exchange[] = [
  ['00A40004 02 3F00', '6E00'],
  ['A0A40000 02 3F00', '9F17'],
];
export const FCP_ADF =
  '6229 82027821 83027F50 840CA000000063504B43532D3135 8A0105 8B032F0602 C609 9001C0 830101 83010A';
export const SELECT_AID: Exchange = [`00A40404 0C ${AID} 00`, `${FCP_ADF} 9000`];

/** FCP of a transparent EF whose rule is in EF(ARR) 2F06. */
export function fcp(fid: string, size: string, record = '01'): string {
  return `6216 82024121 8302${fid} 8A0105 8B032F06${record} 8002${size} 8800`;
}

/** The 2G answer of a transparent EF. */
export function answer2g(fid: string, size: string, access = '04FF44'): string {
  return `0000 ${size} ${fid} 04 00 ${access} 01 02 00 00`;
}

async function play(
  script: readonly Exchange[],
  protocol: Protocol,
  options: OpenOptions,
  act: (card: Card) => Promise<void>,
): Promise<void> {
  const channel = new ScriptedChannel(script, protocol, PLAIN_ATR);
  await act(await openCard(channel, options));
  channel.expectDone();
}

/** A UICC over T=1, in 3G mode. */
export function uicc(script: readonly Exchange[], act: (card: Card) => Promise<void>): Promise<void> {
  return play([OPEN_3G, ...script], 'T=1', {}, act);
}

/** A UICC over T=0, in 3G mode. */
export function uiccT0(script: readonly Exchange[], act: (card: Card) => Promise<void>): Promise<void> {
  return play([['00A40004 02 3F00', '610F'], ...script], 'T=0', {}, act);
}

/** A SIM over T=0. */
export function sim(script: readonly Exchange[], act: (card: Card) => Promise<void>): Promise<void> {
  return play([...OPEN_2G, ...script], 'T=0', {}, act);
}

/** The error that a promise ends with; fails the test if it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<SimbootError> {
  return promise.then(
    () => {
      throw new Error('expected an error');
    },
    (error: SimbootError) => error,
  );
}
