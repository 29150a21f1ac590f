/** 100,000 damaged inputs each: Package#0, its digest, registrations. */
import { readFileSync } from 'node:fs';
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { decodeNotification, parsePushRegistration, verifyDigest } from '../../src/dm/notification/index.js';
import { fuzz } from '../support/fuzz.js';

const { cases } = JSON.parse(readFileSync('test-vectors/notification.json', 'utf8')) as {
  cases: { hex: string }[];
};
const notifications = cases.map(({ hex }) => fromHex(hex));

test.each<[string, (bytes: Uint8Array) => unknown, Uint8Array[]]>([
  ['Package#0', decodeNotification, notifications],
  ['its digest', (bytes) => verifyDigest(bytes, { secret: fromHex('55'.repeat(32)) }), notifications],
  ['a registration', parsePushRegistration, [encodeUtf8('RegId=APA91b%3Ax_y&tenant=%C3%A9+x&a')]],
])('%s', (_, decode, seeds) => {
  const { accepted, refused } = fuzz(decode, seeds);
  expect(accepted + refused).toBe(100_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(0);
});

test('no damaged notification has a valid digest', () => {
  const vector = notifications.at(-1)!;
  let valid = 0;
  fuzz(
    (bytes) => {
      const isSame = Buffer.from(bytes).equals(vector);
      if (verifyDigest(bytes, { secret: fromHex('55'.repeat(32)) }) === 'valid' && !isSame) valid++;
    },
    [vector],
  );
  expect(valid).toBe(0);
});
