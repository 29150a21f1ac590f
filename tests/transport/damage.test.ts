/** Damaged vpcd messages: whatever arrives, in whatever pieces, is cut into messages and loses no octet. */

import { fromHex } from '../../src/bytes/index.js';
import { FrameReader } from '../../src/transport/vpcd/frames.js';
import { fuzz, repeatable } from '../support/fuzz.js';

test('100,000 damaged vpcd streams: every octet is in a message, or waits for its rest', () => {
  const seeds = ['000104 000101 0007 00A40004023F00 000100', '0005 00B0000000 0000 000102', 'FFFF 00'].map(
    fromHex,
  );
  const random = repeatable(7);
  let messages = 0;
  const { accepted } = fuzz((stream) => {
    const reader = new FrameReader();
    const cut = random(stream.length + 1);
    const frames = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
    const taken = frames.reduce((sum, frame) => sum + 2 + frame.length, 0);
    const left = stream.subarray(taken);
    const complete = left.length >= 2 && left.length >= 2 + ((left[0]! << 8) | left[1]!);
    if (taken > stream.length || complete) throw new Error('cut at the wrong place');
    messages += frames.length;
  }, seeds);
  expect(accepted).toBe(100_000);
  expect(messages).toBeGreaterThan(50_000);
});
