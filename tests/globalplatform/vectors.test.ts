/** Recorded sessions and single steps of test-vectors/scp03.json, recomputed by the protocol code. */
import { decodeCommand, encodeCommand } from '../../src/apdu/index.js';
import { fromHex, hex8, hex16, toHex, uint16 } from '../../src/bytes/index.js';
import { AesKey, deriveOctets, MemoryKey, pad80, unpad80 } from '../../src/crypto/index.js';
import {
  cardCryptogram,
  decodeInitializeUpdate,
  deriveSessionKeys,
  externalAuthenticate,
  hostCryptogram,
  initializeUpdate,
  pseudoRandomChallenge,
  SecureMessaging,
  securityLevel,
  sessionContext,
  sessionKeyDerivation,
} from '../../src/globalplatform/index.js';
import { casesOf } from '../crypto/vectors.js';

const named = (...kinds: string[]) => casesOf(...kinds).map((c) => [c.id, c] as const);
const key = (hex: string): AesKey => new AesKey(fromHex(hex));
const lower = (hex: string): string => hex.toLowerCase();
const counterBlock = (counter: number, first = 0): Uint8Array => {
  const block = new Uint8Array(16);
  block[15] = counter;
  block[0] = first;
  return block;
};

test.each(named('session'))('%s', async (_id, { inputs, expected, computed }) => {
  const hostChallenge = fromHex(inputs.host_challenge);
  const start = initializeUpdate(Number.parseInt(inputs.kvn, 16), hostChallenge);
  if (expected.initialize_update_apdu) {
    expect(toHex(encodeCommand(start))).toBe(lower(expected.initialize_update_apdu));
  } else {
    const { le: _le, ...withoutLe } = start;
    expect(toHex(encodeCommand(withoutLe))).toBe(lower(expected.initialize_update_apdu_no_le));
  }
  const response = decodeInitializeUpdate(fromHex(inputs.initialize_update_response), inputs.mode);
  expect(hex8(response.i.raw)).toBe(computed.i_parameter);
  expect(hex8(response.keyVersion)).toBe(computed.kvn_reported);
  expect(lower(computed.card_cryptogram)).toBe(toHex(response.cardCryptogram));

  const enc = new MemoryKey(fromHex(inputs.key_enc));
  const context = sessionContext(hostChallenge, response.cardChallenge);
  const keys = await deriveSessionKeys({ enc, mac: new MemoryKey(fromHex(inputs.key_mac)) }, context);
  for (const [name, from, length] of [
    ['enc', inputs.key_enc, inputs.key_enc.length / 2],
    ['mac', inputs.key_mac, inputs.key_mac.length / 2],
    ['rmac', inputs.key_mac, inputs.key_mac.length / 2],
  ] as const) {
    const octets = toHex(deriveOctets(key(from), sessionKeyDerivation(name, context, length)));
    expect(octets).toBe(lower(expected[`s_${name}`] ?? computed[`s_${name}`]));
  }
  expect(cardCryptogram(keys.mac, context, inputs.mode)).toEqual(response.cardCryptogram);
  const cryptogram = hostCryptogram(keys.mac, context, inputs.mode);
  expect(toHex(cryptogram)).toBe(lower(expected.host_cryptogram ?? computed.host_cryptogram));

  const claim = computed.pseudo_random_card_challenge_for_aid_A000000151000000;
  if (claim !== undefined) {
    const aid = fromHex('A000000151000000');
    const challenge = await pseudoRandomChallenge(enc, response.sequenceCounter!, aid, inputs.mode);
    expect(toHex(challenge) === toHex(response.cardChallenge)).toBe(claim === 'match');
  }

  const level = securityLevel(Number.parseInt(inputs.security_level, 16));
  const messaging = new SecureMessaging(keys, {
    mode: inputs.mode,
    level,
    deviations: inputs.empty_data === 'pad-and-encrypt' ? ['encrypt-empty-data'] : [],
  });
  const authenticate = messaging.authenticate(externalAuthenticate(level, cryptogram));
  expect(toHex(encodeCommand(authenticate))).toBe(lower(expected.external_authenticate_apdu));
  for (const [at, command] of inputs.commands.entries()) {
    const wrapped = messaging.wrap(decodeCommand(fromHex(command.plain)));
    expect(toHex(encodeCommand(wrapped))).toBe(lower(expected.commands[at].wrapped));
    const wire = fromHex(command.response_wire);
    const sw = (wire.at(-2)! << 8) | wire.at(-1)!;
    const plain = messaging.unwrap({ data: wire.slice(0, -2), sw });
    expect(toHex(plain.data)).toBe(lower(expected.commands[at].response_plain));
    expect(hex16(plain.sw)).toBe(expected.commands[at].sw);
  }
});

test.each(named('derive'))('%s', async (_id, { inputs, expected, computed }) => {
  const enc = new MemoryKey(fromHex(inputs.key_enc));
  const aid = fromHex(inputs.sd_aid);
  const challenge = await pseudoRandomChallenge(enc, fromHex(inputs.sequence_counter), aid, inputs.mode);
  expect(toHex(challenge)).toBe(lower(expected.card_challenge));
  expect(expected.card_challenge).toBe(inputs.card_challenge);
  expect(computed.pseudo_random_card_challenge_for_aid_A000000151000000).toBe('match');
  const context = sessionContext(fromHex(inputs.host_challenge), challenge);
  const session = (name: 'enc' | 'mac' | 'rmac', from: string): string =>
    toHex(deriveOctets(key(from), sessionKeyDerivation(name, context, 16)));
  expect(session('enc', inputs.key_enc)).toBe(lower(expected.s_enc));
  expect(session('mac', inputs.key_mac)).toBe(lower(expected.s_mac));
  expect(session('rmac', inputs.key_mac)).toBe(lower(computed.s_rmac));
  const sMac = key(session('mac', inputs.key_mac));
  expect(toHex(cardCryptogram(sMac, context, inputs.mode))).toBe(lower(expected.card_cryptogram));
  expect(toHex(hostCryptogram(sMac, context, inputs.mode))).toBe(lower(expected.host_cryptogram));
});

test.each(named('hsmauth'))('%s', async (_id, { inputs, expected, computed }) => {
  const context = fromHex(inputs.context);
  const session = (name: 'enc' | 'mac' | 'rmac', from: string): string =>
    toHex(deriveOctets(key(from), sessionKeyDerivation(name, context, 16)));
  expect(session('enc', computed.key_enc)).toBe(lower(expected.s_enc));
  expect(session('mac', computed.key_mac)).toBe(lower(expected.s_mac));
  expect(session('rmac', computed.key_mac)).toBe(lower(expected.s_rmac));
});

test.each(named('c_enc'))('%s', (_id, { inputs, expected }) => {
  const enc = key(inputs.s_enc);
  const iv = enc.encryptBlock(counterBlock(inputs.counter));
  expect(toHex(enc.encryptCbc(iv, pad80(fromHex(inputs.plain))))).toBe(lower(expected.cipher));
});

test.each(named('r_enc'))('%s', (_id, { inputs, expected }) => {
  const enc = key(inputs.s_enc);
  const iv = enc.encryptBlock(counterBlock(inputs.counter, 0x80));
  expect(toHex(unpad80(enc.decryptCbc(iv, fromHex(inputs.cipher)))!)).toBe(lower(expected.plain));
});

test.each(named('c_mac_raw'))('%s', (_id, { inputs, expected }) => {
  const header = fromHex(inputs.header_and_data);
  const mac = key(inputs.s_mac).cmac(fromHex(inputs.chaining), header).slice(0, 8);
  expect(toHex(header) + toHex(mac)).toBe(lower(expected.apdu));
});

test.each(named('r_mac_raw'))('%s', (_id, { inputs, expected }) => {
  const sw = uint16(Number.parseInt(inputs.sw, 16));
  const mac = key(inputs.s_rmac).cmac(fromHex(inputs.chaining), fromHex(inputs.response_data), sw);
  expect(toHex(mac.slice(0, 8))).toBe(lower(expected.rmac));
});
