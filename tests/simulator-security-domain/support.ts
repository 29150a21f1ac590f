import type { SimulatedCard } from '../../src/simulator/index.js';
import { Host, hex, type StaticKeys, staticKeys, unhex } from './reference.js';

export const TEST_KEY = '404142434445464748494A4B4C4D4E4F';
export const KEYS = staticKeys(TEST_KEY);
export const PKCS15 = 'A000000063504B43532D3135';
export const DOMAIN = 'A000000151000000';
export const HOST_CHALLENGE = '0102030405060708090A0B0C0D0E0F10';

export async function send(card: SimulatedCard, command: string): Promise<string> {
  const answer = await card.transmit(unhex(command));
  return answer.kind === 'response' ? hex(answer.response) : answer.kind;
}

/** Whole answer over either protocol: GET RESPONSE where the card announces. */
export async function sendAll(card: SimulatedCard, command: string, channel = 0): Promise<string> {
  let response = await send(card, command);
  let data = '';
  while (/61..$/.test(response)) {
    data += response.slice(0, -4);
    const cla = (channel < 4 ? channel : 0x40 | (channel - 4)).toString(16).padStart(2, '0');
    response = await send(card, `${cla}C00000${response.slice(-2)}`);
  }
  return data + response;
}

export interface OpenOptions {
  readonly aid?: string;
  readonly level?: number;
  readonly channel?: number;
  readonly version?: number;
  readonly keys?: StaticKeys;
  readonly size?: 8 | 16;
}

/** An octet in hex. */
export const octet = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase();

/** Opens the channel, selects, and goes as far as INITIALIZE UPDATE. */
export async function initiate(card: SimulatedCard, options: OpenOptions = {}): Promise<Host> {
  const { aid = PKCS15, level = 0x33, channel = 0, version = 0, keys = KEYS, size = 8 } = options;
  const low = channel < 4 ? channel : 0x40 | (channel - 4);
  if (channel !== 0 && !card.openChannels.includes(channel)) {
    const opened = await send(card, `007000${octet(channel)}`);
    if (opened !== '9000') throw new Error(`MANAGE CHANNEL: ${opened}`);
  }
  const selected = await send(card, `${octet(low)}A4040C${octet(aid.length / 2)}${aid}`);
  if (selected !== '9000') throw new Error(`SELECT: ${selected}`);
  const challenge = HOST_CHALLENGE.slice(0, 2 * size);
  const le = card.protocol === 'T=0' ? '' : '00';
  const response = await sendAll(
    card,
    `${octet(low | 0x80)}50${octet(version)}00${octet(size)}${challenge}${le}`,
    channel,
  );
  if (!response.endsWith('9000')) throw new Error(`INITIALIZE UPDATE: ${response}`);
  const cardChallenge = unhex(response).subarray(13, 13 + size);
  const host = new Host(keys, size, level, unhex(challenge), cardChallenge, channel);
  const cryptogram = hex(unhex(response).subarray(13 + size, 13 + 2 * size));
  if (cryptogram !== hex(host.cardCryptogram)) throw new Error(`card cryptogram ${cryptogram}`);
  return host;
}

export async function open(card: SimulatedCard, options: OpenOptions = {}): Promise<Host> {
  const host = await initiate(card, options);
  const authenticated = await send(card, host.externalAuthenticate());
  if (authenticated !== '9000') throw new Error(`EXTERNAL AUTHENTICATE: ${authenticated}`);
  return host;
}
