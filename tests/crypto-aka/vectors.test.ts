import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import {
  createAuts,
  createVector,
  Milenage,
  milenageOpc,
  openAutn,
  openAuts,
  Tuak,
  tuakTopc,
} from '../../src/crypto/index.js';

const { cases } = JSON.parse(readFileSync(join(__dirname, '../../test-vectors/aka.json'), 'utf8'));
// biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
const ofKind = (kind: string): [string, any][] =>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  cases.filter((each: any) => each.kind === kind).map((each: any) => [each.id, each]);

test.each(ofKind('milenage'))('Milenage (TS 35.206): %s', (_, { inputs, expected, computed }) => {
  const [k, rand, sqn, amf, op] = ['K', 'RAND', 'SQN', 'AMF', 'OP'].map((name) => fromHex(inputs[name]));
  const opc = milenageOpc(k!, op!);
  const subscription = new Milenage({ k: k!, opc });
  const { res, ck, ik, ak } = subscription.f2345(rand!);
  expect({
    OPc: toHex(opc),
    f1_MAC_A: toHex(subscription.f1(rand!, sqn!, amf!)),
    f1star_MAC_S: toHex(subscription.f1star(rand!, sqn!, amf!)),
    f2_RES: toHex(res),
    f3_CK: toHex(ck),
    f4_IK: toHex(ik),
    f5_AK: toHex(ak),
    f5star_AKstar: toHex(subscription.f5star(rand!)),
  }).toEqual(expected);

  const vector = createVector(subscription, rand!, sqn!, amf!);
  expect(toHex(vector.autn)).toBe(computed.AUTN);
  expect(toHex(concat(vector.ck, vector.ik))).toBe(computed.Ks_CK_IK);
  expect(openAutn(subscription, rand!, vector.autn)).toEqual({ sqn, amf, res, ck, ik });
  const auts = createAuts(subscription, rand!, sqn!);
  expect(toHex(auts)).toBe(computed.AUTS_for_SQNms_eq_SQN_AMF0000);
  expect(openAuts(subscription, rand!, auts)).toEqual(sqn);
});

test.each(ofKind('tuak'))('TUAK (TS 35.231): %s', (_, { inputs, expected }) => {
  const [k, rand, sqn, amf, top] = ['K', 'RAND', 'SQN', 'AMF', 'TOP'].map((name) => fromHex(inputs[name]));
  const { keccakIterations: iterations, macBits, resBits, ckBits, ikBits } = inputs;
  const topc = tuakTopc(k!, top!, iterations);
  const subscription = new Tuak({ k: k!, topc, iterations, macBits, resBits, ckBits, ikBits });
  const { res, ck, ik, ak } = subscription.f2345(rand!);
  expect({
    TOPc: toHex(topc),
    f1_MAC_A: toHex(subscription.f1(rand!, sqn!, amf!)),
    f1star_MAC_S: toHex(subscription.f1star(rand!, sqn!, amf!)),
    f2_RES: toHex(res),
    f3_CK: toHex(ck),
    f4_IK: toHex(ik),
    f5_AK: toHex(ak),
    f5star_AKstar: toHex(subscription.f5star(rand!)),
  }).toEqual(expected);
  const vector = createVector(subscription, rand!, sqn!, amf!);
  expect(openAutn(subscription, rand!, vector.autn)?.sqn).toEqual(sqn);
  expect(openAuts(subscription, rand!, createAuts(subscription, rand!, sqn!))).toEqual(sqn);
});

const K = fromHex('465b5ce8b199b49faa5f0a2ee238a6bc');
const RAND = fromHex('23553cbe9637a89d218ae64dae47bf35');
const subscription = () => new Milenage({ k: K, opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf') });

test('every flipped bit of AUTN and AUTS is seen', () => {
  const one = subscription();
  const { autn } = createVector(one, RAND, fromHex('000000000021'), fromHex('8000'));
  const auts = createAuts(one, RAND, fromHex('000000000021'));
  for (const [message, open] of [
    [autn, openAutn],
    [auts, openAuts],
  ] as const) {
    for (let bit = 0; bit < message.length * 8; bit++) {
      const damaged = Uint8Array.from(message);
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(open(one, RAND, damaged)).toBeUndefined();
    }
  }
});

test('a truncated AUTN or AUTS is no AUTN or AUTS', () => {
  const one = subscription();
  const { autn } = createVector(one, RAND, new Uint8Array(6), new Uint8Array(2));
  const auts = createAuts(one, RAND, new Uint8Array(6));
  expect(openAutn(one, RAND, autn.subarray(0, 15))).toBeUndefined();
  expect(openAuts(one, RAND, auts.subarray(0, 13))).toBeUndefined();
  expect(() => openAutn(one, RAND, autn.subarray(0, 7))).toThrow('AUTN is too short');
  expect(() => openAuts(one, RAND, auts.subarray(0, 5))).toThrow('AUTS is too short');
});

test('wrong sizes and wiped keys are refused', () => {
  expect(() => new Milenage({ k: K.subarray(1), opc: K })).toThrow('K has 16 octets, not 15');
  expect(() => subscription().f2345(K.subarray(1))).toThrow('RAND has 16 octets');
  expect(() => subscription().f1(RAND, K, K)).toThrow('SQN has 6 octets');
  expect(() => tuakTopc(K, K)).toThrow('TOP has 32 octets');
  const topc = new Uint8Array(32);
  expect(() => new Tuak({ k: K, topc, macBits: 32 })).toThrow('MAC has 64, 128, 256 bits, not 32');
  expect(() => new Tuak({ k: K, topc, iterations: 0 })).toThrow('at least once');
  const tuak = new Tuak({ k: K, topc });
  tuak.wipe();
  expect(() => tuak.f2345(RAND)).toThrow(expect.objectContaining({ code: 'SECURITY_KEY_WIPED' }));
  const milenage = subscription();
  milenage.wipe();
  expect(() => milenage.f2345(RAND)).toThrow(expect.objectContaining({ code: 'SECURITY_KEY_WIPED' }));
});
