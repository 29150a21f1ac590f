/** Who a card is, octets by hand: as few exchanges as there can be, and the card as it was found. */
import { ReaderError } from '../../src/errors/index.js';
import { cardWorker, type Job } from '../../src/perso/index.js';
import { type Exchange, ScriptedChannel } from '../support/scriptedChannel.js';
import { Bench, clock, testJob, testRandom } from './support.js';

const MF: Exchange = ['00a40004023f0000', '62009000'];
const ICCID: Exchange = ['00b000000a', '988812010000000010f19000'];
/** FCP of a transparent EF of 10 octets (TS 102 221 §11.1.1.3). */
const FCP_ICCID = '620f 82024121 83022fe2 8a0105 8002000a';
const CPLC = Array.from({ length: 42 }, (_, index) => (index + 1).toString(16).padStart(2, '0')).join('');

function worker(card: Partial<Job['card']>, bind?: Job['bind']) {
  const parts = { steps: [], card };
  return cardWorker(testJob(bind === undefined ? parts : { ...parts, bind }), {
    random: testRandom(),
    clock,
  });
}

test('by ICCID: MF, EF(ICCID), its octets, and nothing else', async () => {
  const channel = new ScriptedChannel([MF, ['00a40004022fe200', `${FCP_ICCID}9000`], ICCID]);
  expect(await worker({ identity: 'iccid' }).identify(channel)).toEqual({
    atr: '3b9f96801fc78031a073be21136743200718000001a5',
    iccid: '8988211000000000011',
    id: '8988211000000000011',
  });
  channel.expectDone();
});

test('by CPLC: on a logical channel that is closed again, so that the basic one stays at the MF', async () => {
  const channel = new ScriptedChannel([
    MF,
    ['0070000001', '019000'],
    ['01a4040008a00000015100000000', '6f108408a000000151000000a5049f6501ff9000'],
    ['81ca9f7f00', `9f7f2a${CPLC}9000`],
    ['00708001', '9000'],
  ]);
  const { cplc, id, iccid } = await worker({ identity: 'cplc' }).identify(channel);
  expect([cplc, id, iccid]).toEqual([CPLC, CPLC, undefined]);
  channel.expectDone();
});

test('a card without CPLC is told from no other, and nothing is guessed', async () => {
  const channel = new ScriptedChannel([
    MF,
    ['0070000001', '019000'],
    ['01a4040008a00000015100000000', '6f108408a000000151000000a5049f6501ff9000'],
    ['81ca9f7f00', '6a88'],
    ['00708001', '9000'],
  ]);
  await expect(worker({ identity: 'cplc' }).identify(channel)).rejects.toMatchObject({
    code: 'CARD_IDENTITY',
  });
  channel.expectDone();
});

test('an ICCID that is not written yet is none', async () => {
  const script: Exchange[] = [
    MF,
    ['00a40004022fe200', `${FCP_ICCID}9000`],
    ['00b000000a', `${'ff'.repeat(10)}9000`],
  ];
  expect(await worker({ identity: 'none' }).identify(new ScriptedChannel(script))).toEqual({
    atr: '3b9f96801fc78031a073be21136743200718000001a5',
  });
  const channel = new ScriptedChannel(script);
  await expect(worker({ identity: 'iccid' }).identify(channel)).rejects.toMatchObject({
    code: 'CARD_IDENTITY',
  });
});

test('a reader that fails is not a card without an identity', async () => {
  const gone = new ReaderError('READER_CARD_REMOVED', 'gone');
  const channel = new ScriptedChannel([MF, ['00a40004022fe200', gone]]);
  await expect(worker({ identity: 'iccid' }).identify(channel)).rejects.toBe(gone);
});

test('two chips of one profile have different identities, by CPLC, by ICCID and by a file', async () => {
  const identities: (string | undefined)[] = [];
  for (const [index, iccid] of ['8988211000000000011', '8988211000000000029'].entries()) {
    const cplc = new Uint8Array(42).fill(index + 1);
    const bench = new Bench('uicc-line', { chip: { cplc, iccid } });
    for (const identity of ['cplc', 'iccid', { file: '3F00/2FE2' }] as const) {
      identities.push((await bench.with((channel) => worker({ identity }).identify(channel))).id);
    }
  }
  expect(new Set(identities).size).toBe(6);
});

test.each([
  [['3B9F..81*'], true],
  [['3B9F9481B1FE451FC78031A073BE21576753494D4C494E45CC'], true],
  [['3B9F9481'], false],
  [['3B00', '3b9f*'], true],
  [[], true],
])('ATR patterns %j: %s', (atrs, expected) => {
  const atr = Buffer.from('3B9F9481B1FE451FC78031A073BE21576753494D4C494E45CC', 'hex');
  expect(worker({ atrs }).expects(atr)).toBe(expected);
});
