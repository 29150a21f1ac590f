import { createCipheriv, createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import {
  type AssociationStore,
  protectBootstrap,
  protectedContentType,
  type SecurityAssociation,
  unprotectBootstrap,
} from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const LATER = new Date('2026-11-22T13:00:00Z');
const IV = fromHex('000102030405060708090a0b0c0d0e0f');
const DMBIK = fromHex('cc05538f66e95a308fa604065a480783a1f756b0d3827bf6d9888eff7eb9fdfb');
const DMBEK = fromHex('b16c330050271927a2551ca3a663a6cc99ae179a095484e206537f47ca2de60e');
const NAF_ID = fromHex('646d2e6578616d706c652e636f6d03ff000001');
const RAND = fromHex('23553cbe9637a89d218ae64dae47bf35');
const association: SecurityAssociation = {
  pTid: 'p1@naf',
  nafId: NAF_ID,
  rand: RAND,
  keys: { dmbik: DMBIK, dmbek: DMBEK },
  expires: LATER,
};
const DOCUMENT = encodeUtf8('[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{}}]');
const random = (octets: number) => IV.slice(0, octets);

function storeOf(...known: SecurityAssociation[]): AssociationStore & { used: string[] } {
  const used: string[] = [];
  return {
    used,
    find: (pTid) => known.find((each) => each.pTid === pTid && !used.includes(pTid)),
    use: (pTid) => used.push(pTid),
  };
}

const message = () => protectBootstrap(DOCUMENT, association, { random });
const REFUSED = expect.objectContaining({
  code: 'SECURITY_PUSH_REFUSED',
  message: 'a protected bootstrap message was refused; nothing was applied',
  details: {},
});

/** The message as docs/decisions/protected-bootstrap-message.md writes it, put together by hand with OpenSSL's AES. */
function byHand(): Buffer {
  const header = Buffer.concat([
    Buffer.from('DMGB'),
    Buffer.from('01010000', 'hex'),
    Buffer.from('0006', 'hex'),
    Buffer.from('p1@naf'),
    Buffer.from('0015', 'hex'),
    Buffer.from('application/dmmo+json'),
  ]);
  const aes = createCipheriv('aes-256-cbc', DMBEK, IV);
  const ciphertext = Buffer.concat([aes.update(DOCUMENT), aes.final()]);
  const bound = Buffer.concat([
    header,
    Buffer.from('0013', 'hex'),
    NAF_ID,
    Buffer.from('0010', 'hex'),
    RAND,
    IV,
    ciphertext,
  ]);
  return Buffer.concat([header, IV, ciphertext, createHmac('sha256', DMBIK).update(bound).digest()]);
}

test('the octets are those put together by hand, in both directions', () => {
  expect(toHex(message())).toBe(byHand().toString('hex'));
  const opened = unprotectBootstrap(new Uint8Array(byHand()), storeOf(association), NOW);
  expect(opened.document).toEqual(DOCUMENT);
  expect(opened.mediaType).toBe('application/dmmo+json');
  expect(protectedContentType()).toBe('application/octet-stream; SEC=3GPP_GBA');
});

test('every flipped bit is refused, with the same error, and uses nothing up', () => {
  const genuine = message();
  const store = storeOf(association);
  for (let bit = 0; bit < genuine.length * 8; bit++) {
    const damaged = Uint8Array.from(genuine);
    damaged[bit >> 3]! ^= 0x80 >> (bit & 7);
    expect(() => unprotectBootstrap(damaged, store, NOW)).toThrow(REFUSED);
  }
  expect(store.used).toEqual([]);
  expect(unprotectBootstrap(genuine, store, NOW).document).toEqual(DOCUMENT);
});

test('every truncation and every extension is refused', () => {
  const genuine = message();
  for (let length = 0; length < genuine.length; length++)
    expect(() => unprotectBootstrap(genuine.slice(0, length), storeOf(association), NOW)).toThrow(REFUSED);
  for (const more of [1, 16, 32]) {
    const longer = new Uint8Array(genuine.length + more);
    longer.set(genuine);
    expect(() => unprotectBootstrap(longer, storeOf(association), NOW)).toThrow(REFUSED);
  }
});

test('one message for one association; a replay is refused', () => {
  const store = storeOf(association);
  unprotectBootstrap(message(), store, NOW);
  expect(() => unprotectBootstrap(message(), store, NOW)).toThrow(REFUSED);
});

test('unknown and expired associations, other NAFs and other RANDs are refused alike', () => {
  for (const store of [
    storeOf(),
    storeOf({ ...association, expires: NOW }),
    storeOf({ ...association, nafId: fromHex('646d2e6578616d706c652e636f6d03ff000002') }),
    storeOf({ ...association, rand: DMBIK.slice(0, 16) }),
    storeOf({ ...association, keys: { dmbik: DMBEK, dmbek: DMBIK } }),
  ]) {
    expect(() => unprotectBootstrap(message(), store, NOW)).toThrow(REFUSED);
  }
});

test('the keys of nobody open nothing that was made with them', () => {
  const zero = { dmbik: new Uint8Array(32), dmbek: new Uint8Array(32).fill(1) };
  const forged = protectBootstrap(
    DOCUMENT,
    { ...association, keys: zero, nafId: new Uint8Array(16), rand: new Uint8Array(16) },
    { random },
  );
  expect(() => unprotectBootstrap(forged, storeOf(), NOW)).toThrow(REFUSED);
});

test('any document comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (any, iv) => {
        const sent = protectBootstrap(any, association, { random: () => iv });
        expect(unprotectBootstrap(sent, storeOf(association), NOW).document).toEqual(any);
      },
    ),
  );
});

test('associations that cannot be right are refused before anything is sent', () => {
  const keys = { dmbik: DMBIK, dmbek: DMBIK };
  expect(() => protectBootstrap(DOCUMENT, { ...association, keys }, { random })).toThrow(
    'two different keys',
  );
  expect(() => protectBootstrap(DOCUMENT, { ...association, pTid: '' }, { random })).toThrow(
    'the P-TID has 1 to',
  );
  expect(() => protectBootstrap(DOCUMENT, association, { random: () => IV.slice(1) })).toThrow(
    'vector has 16',
  );
});
