/** test-vectors/apdu.json: the commands that this room sends are sent, octet by octet; the others are well formed. */
import { readFileSync } from 'node:fs';
import { type CardChannel, decodeCommand, encodeCommand } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { CREATE_FCP, encodePin, openCard, parseKeyValue } from '../../src/card/index.js';
import { AID, answer2g, FCP_ADF, fcp, PKCS15 } from './support.js';

const { cases } = JSON.parse(readFileSync('test-vectors/apdu.json', 'utf8')) as {
  cases: { what: string; hex: string }[];
};
/** Commands of other programs, of a secure channel, and the P2 that is only tried where others fail. */
const OTHERS = /^(OpenSC|SCP03)|no data$/;

const FILES: Readonly<Record<string, string>> = {
  '2f00': '621A 82054221002604 83022F00 8A0105 8B032F0601 80020098 8801F0',
  '2f0a': '6212 82024121 83022F0A 8A0105 80020100 880108',
};

/** Agrees to everything, and remembers it. */
function willing(protocol: 'T=0' | 'T=1', answer: (command: Uint8Array) => string) {
  const sent: string[] = [];
  const channel: CardChannel = {
    reader: 'willing',
    atr: fromHex('3B00'),
    protocol,
    async transmit(command) {
      sent.push(toHex(command).toUpperCase());
      return fromHex(answer(command));
    },
    async reset() {},
    async close() {},
  };
  return { channel, sent };
}

async function commands3g(): Promise<string[]> {
  const { channel, sent } = willing('T=1', (command) => {
    const [, ins, , , p3 = 0] = command;
    const fid = toHex(command.slice(-3, -1));
    if (ins === 0xa4) return `${command[2] === 4 ? FCP_ADF : (FILES[fid] ?? fcp(fid, '0200'))} 9000`;
    if (ins === 0x20) return command.length === 4 ? '63C3' : '9000';
    if (ins === 0x70) return command[2] === 0 ? '01 9000' : '9000';
    return ins === 0xb0 || ins === 0xb2 ? `${'00'.repeat(p3 || 256)} 9000` : '9000';
  });
  const card = await openCard(channel);
  const [dir, sfi1] = [{ path: [0x3f00, 0x2f00] }, { path: [0x3f00, 0x2f0a] }];
  await card.select(dir);
  await card.select(sfi1);
  await card.readRecord(dir, 2);
  await card.readBinary(sfi1);
  for (const [what, hex] of cases.map((one) => [one.what, one.hex] as const)) {
    if (!what.startsWith('CREATE')) continue;
    const spec = CREATE_FCP.decode(fromHex(hex).subarray(5));
    await card.createFile({ path: [0x3f00] }, spec);
  }
  const file = { path: [0x3f00, 0x7f50, 0x6430] };
  await card.select(file);
  await card.updateBinary(file, 0, fromHex('DEADBEEF'));
  await card.resizeFile(file, 0x400);
  await card.present(0x11, encodePin('1234'));
  await card.present(0x0a, parseKeyValue({ ascii: '12345678' }));
  await card.pinStatus(0x01);
  const other = await card.openLogicalChannel();
  await other.selectApplication(PKCS15);
  await other.select(dir);
  await other.select({ application: PKCS15, relative: [0x6430] });
  await other.present(0x01, encodePin('1234'));
  await other.close();
  return sent;
}

async function commands2g(): Promise<string[]> {
  let selected = '';
  const { channel, sent } = willing('T=0', (command) => {
    const [cla, ins, , , p3 = 0] = command;
    if (cla === 0) return '6E00';
    if (ins === 0xa4) {
      selected = toHex(command.slice(5));
      return selected.startsWith('7f') || selected === '3f00' ? '9F17' : '9F0F';
    }
    if (ins !== 0xc0) return ins === 0xb0 || ins === 0xb2 ? `${'00'.repeat(p3 || 256)} 9000` : '9000';
    if (selected === '2f00') return '000000982F00040004FF4401020126 9000';
    if (p3 === 0x0f) return `${answer2g(selected, '0020')} 9000`;
    return '000010007F500200000000000A1300030400838A838A00 9000';
  });
  const card = await openCard(channel);
  await card.readRecords({ path: [0x3f00, 0x2f00] });
  const odf = { application: { aid: fromHex(AID), path: [0x3f00, 0x7f50] }, relative: [0x5031] };
  await card.readBinary(odf);
  await card.updateBinary(odf, 0, fromHex('DEADBEEF'));
  await card.present(0x01, encodePin('1234'));
  return sent;
}

test('every command of this room is sent as it is written there', async () => {
  const sent = [...(await commands3g()), ...(await commands2g())];
  const own = cases.filter(({ what }) => !OTHERS.test(what));
  expect(own.length).toBe(27);
  expect(own.filter(({ hex }) => !sent.includes(hex)).map(({ what }) => what)).toEqual([]);
});

test.each(cases)('$what is a command APDU', ({ hex }) => {
  // The secure channel's cases are headers; their last octet reads as Le.
  expect(toHex(encodeCommand(decodeCommand(fromHex(hex)))).toUpperCase()).toBe(hex);
});
