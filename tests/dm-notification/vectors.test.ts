/** test-vectors/notification.json: frames and digests written by hand, in both directions. */
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  decodeNotification,
  encodeNotification,
  NOTIFICATION_OPTIONS,
  type NotificationFields,
  verifyDigest,
} from '../../src/dm/notification/index.js';

interface Case {
  readonly id: string;
  readonly hex: string;
  readonly secret?: string;
  readonly authData?: string;
  readonly fields: { readonly options: readonly { number: number; name: string; value: unknown }[] };
}
const { cases } = JSON.parse(readFileSync('test-vectors/notification.json', 'utf8')) as { cases: Case[] };

/** The fields that the options of a vector mean. */
function fieldsOf({ fields }: Case): NotificationFields {
  const value = (number: number) => fields.options.find((option) => option.number === number)?.value;
  const named = Object.entries(NOTIFICATION_OPTIONS).map(
    ([field, { number }]) => [field, value(number)] as const,
  );
  const digest = value(4) === undefined ? [] : [['digest', fromHex(value(4) as string)]];
  const present = named.filter(([, given]) => given !== undefined && given !== null);
  return { ...Object.fromEntries([...present, ...digest]), reqMos: value(6) === null };
}

test.each(cases)('$id is read', (vector) => {
  expect(decodeNotification(fromHex(vector.hex))).toEqual({
    version: 2,
    ...fieldsOf(vector),
    others: [],
    findings: [],
  });
});

test.each(cases)('$id is written', (vector) => {
  const { digest, ...fields } = fieldsOf(vector);
  const secrets =
    vector.secret === undefined
      ? {}
      : { secret: fromHex(vector.secret), authData: fromHex(vector.authData ?? '') };
  expect(toHex(encodeNotification(fields, secrets))).toBe(vector.hex);
  expect(digest !== undefined).toBe(vector.secret !== undefined);
});

const digested = cases.filter(({ secret }) => secret !== undefined);

test('there are digests', () => expect(digested).toHaveLength(2));

test.each(digested)('the digest of $id is verified', ({ hex, secret, authData }) => {
  const secrets = { secret: fromHex(secret!), authData: fromHex(authData!) };
  const bytes = fromHex(hex);
  expect(verifyDigest(bytes, secrets)).toBe('valid');
  expect(verifyDigest(bytes, { ...secrets, authData: fromHex('00') })).toBe('invalid');
  expect(verifyDigest(bytes, { ...secrets, secret: fromHex('00') })).toBe('invalid');
  expect(verifyDigest(bytes, { ...secrets, secret: new Uint8Array(0) })).toBe('invalid');
  const other = bytes.slice();
  other[other.length - 1]! ^= 1;
  expect(['invalid', 'refused']).toContain(outcome(() => verifyDigest(other, secrets)));
  // The reserved bits are part of what the digest is over.
  const reserved = bytes.slice();
  reserved[1]! ^= 1;
  expect(verifyDigest(reserved, secrets)).toBe('invalid');
});

function outcome(act: () => string): string {
  try {
    return act();
  } catch {
    return 'refused';
  }
}
