import { fromHex, toHex } from '../../src/bytes/index.js';
import { insert, run, send } from './support.js';

const SELECT_BOOTSTRAP = '00A4080C047F506431';
const VERIFY_ADM1 = '0020000A083132333435363738';
const UPDATE_8 = '00D60000081122334455667788';

test('mute at an exchange: the card neither answers nor runs the command, then works again', async () => {
  const card = await insert('uicc');
  card.faults.muteAt(2);
  await run(card, '00A4000C022F05');
  expect(await send(card, '00A4000C022F00')).toBe('mute');
  expect(await send(card, '00B0000002')).toBe('656E9000');
});

test('torn out before a command and after one', async () => {
  const card = await insert('uicc');
  await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP);
  card.faults.tearAt(1);
  expect(await send(card, UPDATE_8)).toBe('removed');
  expect(await send(card, '00B0000001')).toBe('removed');
  expect(await card.reset()).toBeUndefined();
  await card.powerOn();
  expect(toHex(card.file('3F00/7F50/6431')!.content.slice(0, 8))).toBe('ffffffffffffffff');

  await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP);
  card.faults.tearAt(1, 'after');
  expect(await send(card, UPDATE_8)).toBe('removed');
  expect(toHex(card.file('3F00/7F50/6431')!.content.slice(0, 8))).toBe('1122334455667788');
});

test.each([0, 1, 3, 7, 8])(
  'torn out inside UPDATE BINARY after %i octets: these stay, no more',
  async (octets) => {
    const card = await insert('uicc');
    await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP);
    card.faults.tearAt(1, { octets });
    expect(await send(card, UPDATE_8)).toBe('removed');
    await card.powerOn();
    expect(card.pin('ADM1')!.verified).toBe(false);
    const expected = '1122334455667788'.slice(0, 2 * octets).padEnd(16, 'f');
    expect(toHex(card.file('3F00/7F50/6431')!.content.slice(0, 8))).toBe(expected);
    await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP, UPDATE_8);
    expect(toHex(card.file('3F00/7F50/6431')!.content.slice(0, 8))).toBe('1122334455667788');
  },
);

test('torn out inside UPDATE RECORD', async () => {
  const card = await insert('uicc');
  await run(card, VERIFY_ADM1, '00A4000C022F00');
  card.faults.tearAt(1, { octets: 2 });
  expect(await send(card, `00DC030426${'00'.repeat(38)}`)).toBe('removed');
  expect(toHex(card.file('3F00/2F00')!.content.slice(76, 80))).toBe('0000ffff');
});

test('a status word at an exchange or for an instruction replaces the command', async () => {
  const card = await insert('uicc');
  card.faults.statusAt(1).statusFor(0xd6, 0x6581);
  expect(await send(card, VERIFY_ADM1)).toBe('6F00');
  expect(card.pin('ADM1')!.verified).toBe(false);
  await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP);
  expect(await send(card, UPDATE_8)).toBe('6581');
  expect(await send(card, UPDATE_8)).toBe('6581');
  card.faults.clear();
  expect(await send(card, UPDATE_8)).toBe('9000');
});

test('a wrong response, a flipped bit', async () => {
  const card = await insert('uicc');
  card.faults.respondAt(1, fromHex('DEAD9000')).flipBitAt(3, 0).flipBitAt(4, -1);
  expect(await send(card, '00A4000C022F05')).toBe('DEAD9000');
  expect(await send(card, '00B0000002')).toBe('656E9000');
  expect(await send(card, '00B0000002')).toBe('E56E9000');
  expect(await send(card, '00B0000002')).toBe('656E9001');
});

test('no answer to reset, as often as asked', async () => {
  const card = await insert('uicc');
  card.faults.noAnswerToReset(1);
  expect(await card.reset()).toBeUndefined();
  expect(await send(card, '00A4000C022F05')).toBe('mute');
  expect(await card.powerOn()).toBeDefined();
});

test('a slow card waits by the clock that it is given', async () => {
  const waits: number[] = [];
  const card = await insert('uicc', { sleep: async (milliseconds) => void waits.push(milliseconds) });
  card.faults.slow(250);
  await run(card, '00A4000C022F05');
  expect(waits).toEqual([250]);
});

test('without power there is no answer; every exchange is in the log', async () => {
  const card = await insert('uicc');
  await run(card, '00A4000C022F05');
  await card.powerOff();
  expect(await send(card, '00B0000002')).toBe('mute');
  expect(
    card.exchanges.map(({ number, command, response }) => [
      number,
      toHex(command),
      response && toHex(response),
    ]),
  ).toEqual([[1, '00a4000c022f05', '9000']]);
});
