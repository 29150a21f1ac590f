/** 100,000 damaged messages: each is refused, and with the one error that all failures share. */
import { protectBootstrap, type SecurityAssociation, unprotectBootstrap } from '../../src/bootstrap/index.js';
import { encodeUtf8, equal } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { fuzz } from '../support/fuzz.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const association: SecurityAssociation = {
  pTid: 'p1@naf',
  nafId: encodeUtf8('dm.example.com'),
  rand: new Uint8Array(16).fill(7),
  keys: { dmbik: new Uint8Array(32).fill(1), dmbek: new Uint8Array(32).fill(2) },
  expires: new Date('2026-11-22T13:00:00Z'),
};
const associations = {
  find: (pTid: string) => (pTid === association.pTid ? association : undefined),
  use: () => undefined,
};

test('100,000 damaged messages', () => {
  const random = (octets: number) => new Uint8Array(octets);
  const genuine = protectBootstrap(encodeUtf8('{}'), association, { random });
  const told = new Set<string>();
  let unchanged = 0;
  const { accepted, refused } = fuzz(
    (bytes) => {
      if (equal(bytes, genuine)) unchanged++;
      try {
        unprotectBootstrap(bytes, associations, NOW);
      } catch (error) {
        if (error instanceof SimbootError) told.add(`${error.code} ${error.message}`);
        throw error;
      }
    },
    [genuine],
  );
  expect({ accepted, refused }).toEqual({ accepted: unchanged, refused: 100_000 - unchanged });
  expect([...told]).toEqual([
    'SECURITY_PUSH_REFUSED a protected bootstrap message was refused; nothing was applied',
  ]);
});
