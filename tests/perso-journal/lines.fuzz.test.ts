/** Damaged lines of journals and checkpoints. */
import {
  checkpointLine,
  checkpointPrivateKey,
  entryLine,
  makeCheckpointKeys,
  nextEntries,
  parseCheckpointLine,
  parseEntryLine,
  signCheckpoint,
} from '../../src/perso/index.js';
import { fuzz } from '../support/fuzz.js';

const HASH = '0'.repeat(64);
const octets = (line: string) => Uint8Array.from(Buffer.from(line.trimEnd()));
const entries = nextEntries('s1', { seq: 0, hash: HASH, at: 0 }, 1_790_000_000_000, [
  {
    type: 'record.verified',
    batchId: 'b',
    record: 7,
    cardId: 'c',
    data: { timings: { write: 1.5 }, a: [null] },
  },
  { type: 'card.scrapped', reason: { code: 'X', message: 'ü "quoted"' } },
]);
const key = checkpointPrivateKey(makeCheckpointKeys().privateKey);
const checkpoint = signCheckpoint({ station: 's1', seq: 2, hash: HASH, at: 1, counts: { a: 1 } }, key);

const lines = entries.map((entry) => octets(entryLine(entry)));
const signed = [octets(checkpointLine(checkpoint))];

test('damaged lines of a journal', () => {
  const { accepted, refused } = fuzz(parseEntryLine, lines);
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(50_000);
});

test('damaged lines of checkpoints', () => {
  const { accepted, refused } = fuzz(parseCheckpointLine, signed);
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(50_000);
});
