/** The way from one 2G directory to another (TS 51.011 §6.5): exchanges written by hand, no file is jumped to. */
import { openCard } from '../../src/card/index.js';
import { ScriptedChannel } from '../support/scriptedChannel.js';

const MF: [string, string] = ['a0a40000023f00', '9f16'];
const step = (fid: string): [string, string] => [`a0a4000002${fid}`, '9f16'];
const ef = (fid: string): [string, string][] => [
  [`a0a4000002${fid}`, '9f0f'],
  ['a0c000000f', `00000009${fid}04001400140102 00009000`],
];

test('from deep down to another branch, the MF is the shortest way', async () => {
  const channel = new ScriptedChannel(
    [MF, step('7f10'), step('5f3a'), step('5f3b'), ...ef('4f01'), MF, step('7f20'), ...ef('6f07')],
    'T=0',
  );
  const card = await openCard(channel, { mode: '2g' });
  await card.select({ path: [0x3f00, 0x7f10, 0x5f3a, 0x5f3b, 0x4f01] });
  await card.select({ path: [0x3f00, 0x7f20, 0x6f07] });
  channel.expectDone();
});

test('a sibling directory is one step away', async () => {
  const channel = new ScriptedChannel(
    [MF, step('7f10'), step('5f3a'), ...ef('4f01'), step('5f3b'), ...ef('4f02')],
    'T=0',
  );
  const card = await openCard(channel, { mode: '2g' });
  await card.select({ path: [0x3f00, 0x7f10, 0x5f3a, 0x4f01] });
  await card.select({ path: [0x3f00, 0x7f10, 0x5f3b, 0x4f02] });
  channel.expectDone();
});
