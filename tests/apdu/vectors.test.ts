/** Commands of test-vectors/apdu.json, written by hand or seen on the wire: taken apart, and put together again. */
import { readFileSync } from 'node:fs';
import { CLA_2G, channelOfCla, decodeCommand, encodeCommand } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

interface Case {
  readonly what: string;
  readonly hex: string;
}

const { cases } = JSON.parse(readFileSync('test-vectors/apdu.json', 'utf8')) as { cases: Case[] };
const whole = cases.filter(({ what }) => !what.endsWith('header'));
const headers = cases.filter(({ what }) => what.endsWith('header'));

const INSTRUCTIONS: readonly (readonly [name: string, ins: number])[] = [
  ['CREATE FILE', 0xe0],
  ['RESIZE FILE', 0xd4],
  ['GET RESPONSE', 0xc0],
  ['READ RECORD', 0xb2],
  ['READ BINARY', 0xb0],
  ['UPDATE BINARY', 0xd6],
  ['VERIFY', 0x20],
  ['MANAGE CHANNEL', 0x70],
  ['INITIALIZE UPDATE', 0x50],
  ['EXTERNAL AUTHENTICATE', 0x82],
  ['SELECT', 0xa4],
];

test('there are commands of both kinds', () => {
  expect([whole.length > 20, headers.length > 3]).toEqual([true, true]);
});

test.each(whole)('$what', ({ what, hex }) => {
  const command = decodeCommand(fromHex(hex));
  expect(command.ins).toBe(INSTRUCTIONS.find(([name]) => what.includes(name))?.[1]);
  expect(command.cla === CLA_2G).toBe(what.startsWith('2G'));
  expect(toHex(encodeCommand(command))).toBe(hex.toLowerCase());
});

test.each(headers)('$what', ({ what, hex }) => {
  const [cla, ins] = fromHex(hex);
  expect(ins).toBe(INSTRUCTIONS.find(([name]) => what.includes(name))?.[1]);
  expect(channelOfCla(cla!)).toBe(Number(/ch (\d+)/.exec(what)?.[1]));
});
