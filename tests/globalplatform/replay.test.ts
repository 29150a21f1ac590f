/** The replay of recorded sessions: every published case, and what it says of wrong ones. */
import { readFileSync } from 'node:fs';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { type ReplayedCase, replayScp03 } from '../../src/globalplatform/index.js';
import { casesOf, type VectorCase } from '../crypto/vectors.js';

const replay = async (value: unknown): Promise<ReplayedCase> => {
  const { cases } = await replayScp03(encodeUtf8(JSON.stringify(value)));
  return cases[0] as ReplayedCase;
};
const published = (id: string): VectorCase =>
  structuredClone(casesOf('session', 'derive').find((one) => one.id === id)!);
const SESSION = 'samsung-aes128-s8-33';

test('every published session and derivation replays as it was recorded, the rest is skipped', async () => {
  const { cases } = await replayScp03(new Uint8Array(readFileSync('test-vectors/scp03.json')));
  const replayed = cases.filter((one): one is ReplayedCase => one.ok !== null);
  expect(replayed.map(({ id }) => id)).toEqual(casesOf('session', 'derive').map(({ id }) => id));
  for (const one of replayed) expect([one.id, one.ok, one.differences]).toEqual([one.id, true, []]);
  expect(cases).toHaveLength(64);
  expect(cases.filter((one) => one.ok === null)).toHaveLength(64 - replayed.length);
});

test('the shape of a case', async () => {
  const one = await replay(published(SESSION));
  expect(one).toMatchObject({
    id: SESSION,
    ok: true,
    initialize_update_apdu: '805030000806f85b77251bf79400',
    i_parameter: '70',
    kvn_reported: '30',
    s_enc: '45aa38361c2d05306c4203b11a743ad9',
    s_mac: '30ba0d745a51f10d717a086c11ee1fa0',
    s_rmac: 'b72af42e308a2e2caab8983ca7228778',
    card_cryptogram: 'dc2dbe8974c8b0de',
    card_cryptogram_matches: true,
    host_cryptogram: 'b08d6ce26b6cb3cc',
    external_authenticate_apdu: '8482330010b08d6ce26b6cb3ccb411cf0296eb7b1d',
    differences: [],
  });
  expect(one.commands[0]).toEqual({
    wrapped: '84f22000185230ba64388b4a40e0b4da5cc1df51c285e4020d99d5aed1',
    response_plain:
      '08a00000015141434c010010a0000002202003010101000000000006010010a0000002202003010101000000000011010005a0000002480100',
    sw: '9000',
  });
});

test('one case, an array or an object of cases', async () => {
  const one = published(SESSION);
  for (const form of [one, [one], { cases: [one] }]) expect((await replay(form)).ok).toBe(true);
});

test('another kind is skipped', async () => {
  expect(await replay({ id: 'x', kind: 'kdf', inputs: {}, expected: {} })).toEqual({
    id: 'x',
    ok: null,
    skipped: true,
    kind: 'kdf',
  });
});

test('a card challenge in place of the answer', async () => {
  const one = published(SESSION);
  const { initialize_update_response: answer, ...inputs } = one.inputs;
  const { initialize_update_apdu: _apdu, ...expected } = one.expected;
  const given = { ...inputs, card_challenge: answer.slice(26, 42) };
  const replayed = await replay({ ...one, kind: 'session_nochallenge', inputs: given, expected });
  expect(replayed.ok).toBe(true);
  expect(replayed.card_cryptogram_matches).toBeNull();
  expect(replayed.commands).toHaveLength(3);
});

test('a negative handshake is as expected when the keys do not match, and nothing is sent then', async () => {
  const one = published(SESSION);
  const wrong = { ...one.inputs, key_mac: '00'.repeat(16) };
  const negative = await replay({ ...one, kind: 'negative_handshake', inputs: wrong, expected: {} });
  expect([negative.ok, negative.card_cryptogram_matches]).toEqual([true, false]);
  expect([negative.external_authenticate_apdu, negative.commands]).toEqual([null, []]);
  const matching = await replay({ ...one, kind: 'negative_handshake', expected: {} });
  expect(matching.ok).toBe(false);
  expect(matching.differences).toEqual([{ field: 'card_cryptogram_matches', expected: false, actual: true }]);
});

test('wrong keys in a session: the cryptogram differs and no command is wrapped', async () => {
  const one = published(SESSION);
  one.inputs.key_mac = '00'.repeat(16);
  const replayed = await replay(one);
  expect(replayed.ok).toBe(false);
  expect(replayed.differences.map(({ field }) => field)).toContain('card_cryptogram_matches');
  expect(replayed.external_authenticate_apdu).toBeNull();
  expect(replayed.hints.join()).toContain('not those of the card');
});

test('an expectation that differs is named with both values', async () => {
  const one = published(SESSION);
  one.expected.commands[1].wrapped = '00';
  const replayed = await replay(one);
  expect(replayed.differences).toEqual([
    { field: 'commands[1].wrapped', expected: '00', actual: replayed.commands[1]!.wrapped },
  ]);
});

test('a changed response is refused, and the session ends there', async () => {
  const one = published(SESSION);
  const wire: string = one.inputs.commands[1].response_wire;
  one.inputs.commands[1].response_wire = (wire[0] === '0' ? '1' : '0') + wire.slice(1);
  const replayed = await replay({ ...one, expected: {} });
  expect(replayed.ok).toBe(false);
  expect(replayed.commands).toHaveLength(2);
  expect(replayed.commands[1]!.error).toContain('response MAC is wrong');
});

test('the deviation that explains a recording is named', async () => {
  const one = published('yubico-net-pipeline');
  expect((await replay(one)).ok).toBe(true);
  delete one.inputs.empty_data;
  const replayed = await replay(one);
  expect(replayed.ok).toBe(false);
  expect(replayed.hints.join()).toContain('encrypt-empty-data');
});

test('an answer that a host would refuse is replayed with a hint', async () => {
  const one = published(SESSION);
  one.inputs.initialize_update_response = one.inputs.initialize_update_response.replace('0370', '0360');
  const replayed = await replay(one);
  expect(replayed.hints[0]).toContain('i 60 announces 29 octets where the card answered 32');
  expect(replayed.ok).toBe(true);
});

test('expectations without a value here are named, not passed', async () => {
  const one = published(SESSION);
  one.expected.something_else = '00';
  expect((await replay(one)).unchecked).toEqual(['something_else']);
});

test.each([
  ['not JSON', '{', 'not JSON'],
  ['no kind', '{}', 'case 1.kind'],
  ['a key of 15 octets', { key_enc: '00'.repeat(15) }, 'inputs.key_enc: a key of 16, 24 or 32 octets'],
  ['no answer', { initialize_update_response: undefined }, 'initialize_update_response is missing'],
  ['a cut answer', { initialize_update_response: '0011' }, 'cut off'],
  ['no hex', { host_challenge: 'xy' }, 'inputs.host_challenge'],
])('%s is refused, naming the place and no value', async (_what, change, message) => {
  const one = published(SESSION);
  const text =
    typeof change === 'string' ? change : JSON.stringify({ ...one, inputs: { ...one.inputs, ...change } });
  const failure = await replayScp03(encodeUtf8(text)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'DATA_SCP03_CASE', message: expect.stringContaining(message) });
  expect(JSON.stringify(failure)).not.toContain(one.inputs.key_mac);
});
