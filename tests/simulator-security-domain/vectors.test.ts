import { readFileSync } from 'node:fs';
import { AesKey } from '../../src/crypto/index.js';
import { derive } from '../../src/simulator/security-domain/derivation.js';
import { checkValue } from '../../src/simulator/security-domain/keys.js';
import { CardSession } from '../../src/simulator/security-domain/session.js';
import { changed, insert } from './cards.js';
import { Host, hex, unhex } from './reference.js';
import { DOMAIN, send } from './support.js';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly inputs: Record<string, string> & { commands?: readonly Record<string, string>[] };
  readonly expected: Record<string, string> & { commands?: readonly Record<string, string>[] };
  readonly computed?: Record<string, string>;
}
const { cases } = JSON.parse(readFileSync('test-vectors/scp03.json', 'utf8')) as { cases: readonly Case[] };
const ofKind = (kind: string) =>
  cases.filter((one) => one.kind === kind).map((one) => [one.id, one] as const);

/** Entries of GET STATUS in the form of older specifications: length and AID, state, privileges. */
function registryOf(answer: string | undefined, kind: 'application' | 'loadFile') {
  const bytes = unhex(answer ?? '');
  const out = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]!;
    const aid = hex(bytes.subarray(at + 1, at + 1 + length));
    const [state, privileges] = [
      bytes[at + 1 + length]!,
      hex(bytes.subarray(at + 2 + length, at + 3 + length)),
    ];
    out.push({ aid, kind, state, privileges: `${privileges}0000` });
    at += length + 3;
  }
  return out;
}

function replayed({ inputs, expected }: Case) {
  const response = unhex(inputs.initialize_update_response!);
  const size = inputs.mode === 'S16' ? 16 : 8;
  const sequence = response.subarray(13 + 2 * size);
  const plain = expected.commands?.map(({ response_plain }) => response_plain) ?? [];
  const profile = changed('uicc-scp03', {
    i: response[12]!,
    keySets: {
      [hex(response.subarray(10, 11))]: { enc: inputs.key_enc!, mac: inputs.key_mac!, dek: inputs.key_dek! },
    },
    diversificationData: hex(response.subarray(0, 10)),
    sequenceCounter: sequence.length === 0 ? 0 : Number.parseInt(hex(sequence), 16) - 1,
    privileges: '9E0000',
    registry: [...registryOf(plain[0], 'loadFile'), ...registryOf(plain[1], 'application')],
  });
  const challenge = Uint8Array.from(response.subarray(13, 13 + size));
  return { profile, challenge };
}

describe.each(ofKind('session'))('recorded session %s', (id, one) => {
  const { inputs, expected, computed } = one;

  test('the card answers the recorded octets', async () => {
    if (id === 'yubico-net-pipeline') return replayYubico(one);
    const { profile, challenge } = replayed(one);
    const isComputed = computed?.pseudo_random_card_challenge_for_aid_A000000151000000 === 'match';
    const card = await insert(profile, isComputed ? {} : { cardChallenge: () => challenge });
    expect(await send(card, `00A4040C08${DOMAIN}`)).toBe('9000');
    expect(await send(card, expected.initialize_update_apdu!)).toBe(
      `${inputs.initialize_update_response}9000`,
    );
    expect(await send(card, expected.external_authenticate_apdu!)).toBe('9000');
    for (const [index, { wrapped }] of (expected.commands ?? []).entries()) {
      // the recorded card puts a block more than needed behind some answers
      if (longPadding(inputs.commands![index]!.response_wire!, expected.commands![index]!.response_plain!))
        card.faults.channelDefectAt(1, { kind: 'long-padding' });
      expect(await send(card, wrapped!)).toBe(inputs.commands![index]!.response_wire);
    }
    expect(card.secureChannels).toEqual([
      expect.objectContaining({
        channel: 0,
        state: 'open',
        level: Number.parseInt(inputs.security_level!, 16),
      }),
    ]);
  });
});

/** Whether a response at level 33 has more than the least padding, by its length alone. */
function longPadding(wire: string, plain: string): boolean {
  return wire.length / 2 - 2 - 16 >= (Math.floor(plain.length / 32) + 1) * 16 + 8;
}

/** Its command is one of that key alone, so that the session is driven without a card around it. */
function replayYubico({ inputs, expected }: Case): void {
  const response = unhex(inputs.initialize_update_response!);
  const keys = { enc: unhex(inputs.key_enc!), mac: unhex(inputs.key_mac!), dek: unhex(inputs.key_dek!) };
  const session = new CardSession(
    { version: 0xff, ...keys },
    unhex(inputs.host_challenge!),
    response.subarray(13, 21),
    { size: 8, emptyDataEncrypted: true, noCounterOnEmpty: false },
  );
  const parts = (command: string) => {
    const bytes = unhex(command);
    return { header: bytes.subarray(0, 4), lc: bytes.subarray(4, 5), data: bytes.subarray(5) };
  };
  expect(hex(session.cardCryptogram)).toBe(hex(response.subarray(21, 29)));
  const authenticate = parts(expected.external_authenticate_apdu!);
  expect(session.provesHost(authenticate.data.subarray(0, 8))).toBe(true);
  expect(session.verifyMac(authenticate)).toBeDefined();
  session.open(0x33);
  const [command] = expected.commands!;
  expect(session.unwrap(parts(command!.wrapped!))).toEqual(new Uint8Array(0));
  const answer = session.protect(0x9000, unhex(command!.response_plain!));
  expect(`${hex(answer)}9000`).toBe(inputs.commands![0]!.response_wire);
}

test.each(ofKind('derive'))(
  'handshake %s: challenge, cryptograms and acceptance',
  async (_id, { inputs, expected }) => {
    const card = await insert(
      changed('uicc-scp03', {
        i: 0x10,
        keySets: { '30': { enc: inputs.key_enc!, mac: inputs.key_mac!, dek: inputs.key_mac! } },
        sequenceCounter: Number.parseInt(inputs.sequence_counter!, 16) - 1,
      }),
    );
    await send(card, `00A4040C08${inputs.sd_aid}`);
    const response = await send(card, `8050000008${inputs.host_challenge}00`);
    expect(response.slice(26)).toBe(
      `${expected.card_challenge}${expected.card_cryptogram}${inputs.sequence_counter}9000`,
    );
    const keys = { enc: unhex(inputs.key_enc!), mac: unhex(inputs.key_mac!), dek: unhex(inputs.key_mac!) };
    const host = new Host(keys, 8, 0x03, unhex(inputs.host_challenge!), unhex(expected.card_challenge!));
    expect(hex(host.hostCryptogram)).toBe(expected.host_cryptogram);
    expect(await send(card, host.externalAuthenticate())).toBe('9000');
  },
);

test.each(ofKind('kdf'))('derivation %s', (_id, { inputs, expected }) => {
  const constant = Number.parseInt(inputs.constant!, 16);
  const octets = Number(inputs.length_bits) / 8;
  const out = derive(new AesKey(unhex(inputs.key!)), constant, octets, unhex(inputs.context!));
  expect(hex(out)).toBe(expected.output);
});

test.each(ofKind('kdf3_kcv'))('key check values of %s', (_id, { expected, computed }) => {
  for (const name of ['enc', 'mac', 'dek'])
    expect(hex(checkValue(unhex(computed![`key_${name}`]!)))).toBe(expected[`kcv_${name}`]);
});
