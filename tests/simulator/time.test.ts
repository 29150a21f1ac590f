import { fromHex } from '../../src/bytes/index.js';
import { CardClock } from '../../src/simulator/machine/time.js';
import { insert, run } from './support.js';

const IDLE = { clock: 3.72, command: 0, octetWritten: 0, reset: 100 };

test('T=0 at 372/1 and 3.72 MHz: 10 000 etu a second, 12 etu an octet (ISO/IEC 7816-3 §7.2)', () => {
  const clock = new CardClock(fromHex('3B00'), 'T=0', IDLE);
  expect(clock.octet).toBeCloseTo(1.2);
  // SELECT: 5 octets of header, procedure octet, 2 of data, 2 of status
  expect(clock.exchange(7, 2, 0)).toBeCloseTo(10 * 1.2);
  // READ BINARY of 16: header, procedure octet, data, status
  expect(clock.exchange(5, 18, 0)).toBeCloseTo(24 * 1.2);
  // VERIFY query: header and status alone
  expect(clock.exchange(5, 2, 0)).toBeCloseTo(7 * 1.2);
});

test('TA1 96 is 512/32, 16 clocks an etu; TC1 adds guard time', () => {
  expect(new CardClock(fromHex('3B1096'), 'T=0', IDLE).octet).toBeCloseTo((12 * 16) / 3720);
  expect(new CardClock(fromHex('3B509602'), 'T=0', IDLE).octet).toBeCloseTo((14 * 16) / 3720);
  expect(new CardClock(fromHex('3B5096FF'), 'T=0', IDLE).octet).toBeCloseTo((12 * 16) / 3720);
});

test('T=1: 11 etu, four octets around a block, longer messages in chained and acknowledged blocks', () => {
  const ifsc32 = new CardClock(fromHex('3B8001'), 'T=1', IDLE);
  expect(ifsc32.exchange(5, 2, 0)).toBeCloseTo((5 + 4 + 2 + 4) * 1.1);
  expect(ifsc32.exchange(5, 66, 0)).toBeCloseTo((5 + 4 + 66 + 3 * 4 + 2 * 4) * 1.1);
  const ifsc254 = new CardClock(fromHex('3B8081B1FE451FC7'), 'T=1', IDLE);
  expect(ifsc254.exchange(5, 66, 0)).toBeCloseTo((5 + 4 + 66 + 4) * 1.1);
});

test('work for a command, for an octet written and for a reset is added up', () => {
  const clock = new CardClock(fromHex('3B00'), 'T=0', { ...IDLE, command: 5, octetWritten: 40 });
  expect(clock.exchange(5, 2, 100)).toBeCloseTo(7 * 1.2 + 5 + 4);
  clock.reset();
  expect(clock.total).toBeCloseTo(7 * 1.2 + 5 + 4 + 100);
});

test('a card tells its time per exchange and in all, and takes it when asked', async () => {
  const waits: number[] = [];
  const card = await insert('uicc', {
    realTime: true,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  const reset = card.cardTime;
  await run(card, '0020000A083132333435363738', '00A4080C047F506431', `00D60000F0${'AA'.repeat(240)}`);
  const times = card.exchanges.map(({ milliseconds }) => milliseconds);
  expect(waits).toEqual(times);
  expect(card.cardTime).toBeCloseTo(reset + times.reduce((sum, time) => sum + time, 0));
  expect(times[2]).toBeGreaterThan(times[1]! + 240 * 0.03);
});
