/** The commands of the security domain, octets by hand (GPC 2.3.1 §11), inside and outside a secure channel. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { changed, type DomainChanges, insert } from './cards.js';
import { cbc, type Host, hex, staticKeys, unhex } from './reference.js';
import { DOMAIN, HOST_CHALLENGE, KEYS, octet, open, PKCS15, send, TEST_KEY } from './support.js';

const SELECT_DOMAIN = `00A4040008${DOMAIN}00`;
const RECOGNITION =
  '732E06072A864886FC6B01600B06092A864886FC6B020203630906072A864886FC6B03640B06092A864886FC6B040370';

async function selected(changes: DomainChanges = {}, profile = 'uicc-scp03'): Promise<SimulatedCard> {
  const card = await insert(changed(profile, changes));
  await send(card, `00A4040C08${DOMAIN}`);
  return card;
}

async function inside(changes: DomainChanges = {}): Promise<{ card: SimulatedCard; host: Host }> {
  const card = await insert(changed('uicc-scp03', changes));
  return { card, host: await open(card, { aid: DOMAIN }) };
}

async function ask(card: SimulatedCard, host: Host, ins: number, p1: number, p2: number, data = '') {
  const { data: answer, sw } = host.unwrap(
    await send(card, `${host.wrap(0x80, ins, p1, p2, unhex(data))}00`),
  );
  return answer + sw;
}

describe('SELECT', () => {
  test.each([
    ['the whole AID', SELECT_DOMAIN],
    ['its RID', '00A4040005A00000015100'],
    ['nothing', '00A4040000'],
  ])('by %s', async (_name, command) => {
    const card = await insert('uicc-scp03');
    const proprietary = `${RECOGNITION}9F6501FF`;
    const inner = `8408${DOMAIN}A5${octet(proprietary.length / 2)}${proprietary}`;
    expect(await send(card, command)).toBe(`6F${octet(inner.length / 2)}${inner}9000`);
  });

  test('once it is selected there are no files, until a file or another application is', async () => {
    const card = await selected();
    expect(await send(card, '00B0000002')).toBe('6D00');
    expect(await send(card, '0020000A')).toBe('6D00');
    expect(await send(card, '00E20000')).toBe('6E00');
    expect(await send(card, '00A4000C023F00')).toBe('9000');
    expect(await send(card, '80CA006600')).toBe('6D00');
    expect(await send(card, '00A4040204A0000001')).toBe('6A80');
    expect(await send(card, `00A4040208${DOMAIN}`)).toBe('6A82');
  });
});

describe('GET DATA, without authentication', () => {
  test.each([
    ['card data', '80CA006600', `66${octet(RECOGNITION.length / 2)}${RECOGNITION}9000`],
    ['card data, interindustry: the value alone', '00CA006600', `${RECOGNITION}9000`],
    ['key information', '80CA00E000', 'E012C00401308810C00402308810C004033088109000'],
    ['sequence counter', '80CA00C100', 'C1030000009000'],
    ['security level', '80CA00D300', 'D301009000'],
    ['applications', '80CA2F00025C0000', undefined],
    ['CPLC', '80CA9F7F00', `9F7F2A${'00'.repeat(42)}9000`],
    ['what is not there', '80CA004200', '6A88'],
    ['another tag list', '80CA2F00025C4F00', '6A80'],
    ['data where none belong', '80CA0066021234', '6700'],
  ])('%s', async (_name, command, expected) => {
    const applications = `610A4F08${DOMAIN}61124F10A0000000871002FF49FF018900000100610E4F0C${PKCS15}9000`;
    expect(await send(await selected(), command)).toBe(expected ?? applications);
  });

  test('the sequence counter of the default key set moves; a card with random challenges has none', async () => {
    const card = await selected();
    await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`);
    expect(await send(card, '80CA00C100')).toBe('C1030000019000');
    expect(await send(await selected({ i: 0x60 }), '80CA00C100')).toBe('6A88');
  });

  test('inside the channel the level is shown', async () => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xca, 0x00, 0xd3)).toBe('D301B39000');
  });
});

describe('GET STATUS', () => {
  const ENTRY = {
    domain: `E3134F08${DOMAIN}9F70010FC5039EFE80`,
    usim: 'E31B4F10A0000000871002FF49FF0189000001009F700107C503000000',
    pkcs15: `E3174F0C${PKCS15}9F700107C503000000`,
    package: 'E30D4F07A00000015153509F700101',
  };

  test('needs authentication', async () => {
    expect(await send(await selected(), '80F28002024F0000')).toBe('6982');
  });

  test.each([
    ['the domain, whatever the search says', 0x80, 0x02, '4F0111', ENTRY.domain],
    ['applications', 0x40, 0x02, '4F00', ENTRY.usim + ENTRY.pkcs15],
    ['those of a RID', 0x40, 0x02, '4F05A000000063', ENTRY.pkcs15],
    ['load files', 0x20, 0x02, '4F07A0000001515350', ENTRY.package],
    ['with modules', 0x10, 0x02, '4F07A0000001515350', 'E3174F07A00000015153509F7001018408A000000151535041'],
    ['in the older form', 0x80, 0x00, '4F00', `08${DOMAIN}0F9E`],
  ])('%s', async (_name, p1, p2, search, expected) => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xf2, p1, p2, search)).toBe(`${expected}9000`);
  });

  test('in pages: 6310 with a MAC, then the next', async () => {
    const { card, host } = await inside({ statusPage: 40 });
    expect(await ask(card, host, 0xf2, 0x40, 0x03, '4F00')).toBe('6985');
    expect(await ask(card, host, 0xf2, 0x40, 0x02, '4F00')).toBe(`${ENTRY.usim}6310`);
    expect(await ask(card, host, 0xf2, 0x40, 0x03, '4F00')).toBe(`${ENTRY.pkcs15}9000`);
    expect(await ask(card, host, 0xf2, 0x40, 0x03, '4F00')).toBe('6985');
  });

  test.each([
    ['nothing found', 0x40, 0x02, '4F05A000000099', '6A88'],
    ['no criterion', 0x40, 0x02, '', '6A80'],
    ['a cut criterion', 0x40, 0x02, '4F05A0', '6A80'],
    ['another one first', 0x40, 0x02, '5C014F', '6A80'],
    ['no such subset', 0x00, 0x02, '4F00', '6A86'],
    ['the next of one', 0x80, 0x03, '4F00', '6A86'],
  ])('%s', async (_name, p1, p2, search, sw) => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xf2, p1, p2, search)).toBe(sw);
  });
});

const NEW = { enc: '11'.repeat(16), mac: '22'.repeat(16), dek: '33'.repeat(16) };
const kcv = (key: string) => hex(cbc(unhex(key), Buffer.alloc(16), Buffer.alloc(16, 0x01)).subarray(0, 3));

function field(key: string, form: 'length' | 'bare', check = kcv(key), dek = TEST_KEY): string {
  const clear = Buffer.concat([unhex(key), Buffer.alloc((32 - key.length / 2) % 16, 0xaa)]);
  const encrypted = hex(cbc(unhex(dek), Buffer.alloc(16), clear));
  const block = form === 'length' ? octet(key.length / 2) + encrypted : encrypted;
  return `88${octet(block.length / 2)}${block}03${check}`;
}

function keySet(set: typeof NEW, form: 'length' | 'bare' = 'length'): string {
  return [set.enc, set.mac, set.dek].map((key) => field(key, form)).join('');
}

describe('PUT KEY', () => {
  const checks = kcv(NEW.enc) + kcv(NEW.mac) + kcv(NEW.dek);
  const keys = staticKeys(NEW.enc, NEW.mac, NEW.dek);

  test.each(['length', 'bare'] as const)('a new key set, form with %s', async (form) => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(NEW, form)}`)).toBe(`31${checks}9000`);
    expect(card.keys.map(({ version, identifier, kcv: value }) => [version, identifier, value])).toEqual([
      ...[1, 2, 3].map((id) => [0x30, id, kcv(TEST_KEY).toLowerCase()]),
      [0x31, 1, kcv(NEW.enc).toLowerCase()],
      [0x31, 2, kcv(NEW.mac).toLowerCase()],
      [0x31, 3, kcv(NEW.dek).toLowerCase()],
    ]);
    expect(card.keyCounters(0x31)).toEqual({ sequence: 0, failures: 0 });
    await open(card, { aid: DOMAIN, version: 0x31, keys });
  });

  test('replaced under the same version: the counter starts again, the session goes on, the old keys are gone', async () => {
    const { card, host } = await inside();
    expect(card.keyCounters(0x30)?.sequence).toBe(1);
    expect(await ask(card, host, 0xd8, 0x30, 0x81, `30${keySet(NEW)}`)).toBe(`30${checks}9000`);
    expect(card.keyCounters(0x30)?.sequence).toBe(0);
    expect(await ask(card, host, 0xca, 0x00, 0xd3)).toBe('D301B39000');
    await expect(open(card, { aid: DOMAIN, version: 0x30 })).rejects.toThrow('card cryptogram');
    await open(card, { aid: DOMAIN, version: 0x30, keys });
  });

  test('replaced under another version', async () => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xd8, 0x30, 0x81, `01${keySet(NEW)}`)).toBe(`01${checks}9000`);
    expect(card.keys.map(({ version }) => version)).toEqual([1, 1, 1]);
    await open(card, { aid: DOMAIN, version: 0x01, keys });
    expect(card.keyCounters(0x30)).toBeUndefined();
  });

  test('one key alone; the set is not usable before all three are there', async () => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xd8, 0x00, 0x01, `31${field(NEW.enc, 'length')}`)).toBe(
      `31${kcv(NEW.enc)}9000`,
    );
    expect(await send(card, `8050310008${HOST_CHALLENGE.slice(0, 16)}00`)).toBe('6A88');
  });

  test.each([
    ['AES-192, padded to 32 octets', '1D72CD9283FD55162722C6BEAA4DC1877F4C0CD0ECC15E05'],
    ['AES-256', 'F4932BA02FFC3098D172790099D2838236F2E61068D56F4401CC0374C25AF8CB'],
  ])('%s', async (_name, key) => {
    const { card, host } = await inside();
    const set = { enc: key, mac: key, dek: key };
    expect(await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(set)}`)).toBe(`31${kcv(key).repeat(3)}9000`);
    await open(card, { aid: DOMAIN, version: 0x31, keys: staticKeys(key) });
  });

  test.each([
    ['wrong key check value', 0x00, 0x81, `31${field(NEW.enc, 'length', '000000')}`, '6982'],
    ['the last of three wrong: none arrives', 0x00, 0x81, `31${keySet(NEW).slice(0, -6)}000000`, '6982'],
    ['no key check value', 0x00, 0x81, `31${field(NEW.enc, 'length').slice(0, -8)}00`, '6A80'],
    ['another key type', 0x00, 0x81, `31${field(NEW.enc, 'length').replace(/^88/, '80')}`, '6A80'],
    ['cut off', 0x00, 0x81, `31${keySet(NEW).slice(0, -2)}`, '6A80'],
    ['nothing', 0x00, 0x81, '', '6A80'],
    ['no keys', 0x00, 0x81, '31', '6A80'],
    ['version 00', 0x00, 0x81, `00${keySet(NEW)}`, '6A80'],
    ['version 80', 0x00, 0x81, `80${keySet(NEW)}`, '6A80'],
    ['three keys where P2 says one', 0x00, 0x01, `31${keySet(NEW)}`, '6A80'],
    ['a version that is there, as new', 0x00, 0x81, `30${keySet(NEW)}`, '6A80'],
    ['a version that is not there, replaced', 0x32, 0x81, `32${keySet(NEW)}`, '6A88'],
    ['another size, replaced', 0x30, 0x81, `30${field('11'.repeat(32), 'length')}`, '6A80'],
    [
      'a length inside that does not fit',
      0x00,
      0x01,
      `31${field(NEW.enc, 'length').replace(/^881110/, '881118')}`,
      '6A80',
    ],
    ['more commands', 0x80, 0x81, `31${keySet(NEW)}`, '6A86'],
  ])('%s', async (_name, p1, p2, data, sw) => {
    const { card, host } = await inside();
    const before = card.keys;
    expect(await ask(card, host, 0xd8, p1, p2, data)).toBe(sw);
    expect(card.keys).toEqual(before);
    expect(await ask(card, host, 0xca, 0x00, 0xd3)).toBe('D301B39000');
  });

  test('cards that want one form only, another status word, or have no room', async () => {
    for (const keyField of ['length', 'bare'] as const) {
      const { card, host } = await inside({ deviations: { keyField } });
      const other = keyField === 'length' ? 'bare' : 'length';
      expect(await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(NEW, other)}`)).toBe('6A80');
      expect(await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(NEW, keyField)}`)).toBe(`31${checks}9000`);
    }
    const { card, host } = await inside({ maxKeys: 5, deviations: { wrongKcv: 0x6a80 } });
    expect(await ask(card, host, 0xd8, 0x00, 0x01, `31${field(NEW.enc, 'length', '000000')}`)).toBe('6A80');
    expect(await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(NEW)}`)).toBe('6A84');
  });

  test('needs authentication; a tear inside it leaves the old keys', async () => {
    expect(await send(await selected(), `80D8008144${'00'.repeat(0x44)}00`)).toBe('6982');
    for (const octets of [0, 16, 47, 48]) {
      const { card, host } = await inside();
      card.faults.tearAt(1, { octets });
      expect(await send(card, host.wrap(0x80, 0xd8, 0x30, 0x81, unhex(`31${keySet(NEW)}`)))).toBe('removed');
      await card.powerOn();
      const arrived = octets === 48;
      expect([octets, card.keys[0]?.version]).toEqual([octets, arrived ? 0x31 : 0x30]);
      await open(card, { aid: DOMAIN, keys: arrived ? keys : KEYS });
    }
  });
});

describe('STORE DATA', () => {
  test('data objects, in one command and in several, in BER-TLV and in DGI 0070', async () => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xe2, 0x90, 0x00, '42040011223345021234')).toBe('9000');
    expect(await ask(card, host, 0xca, 0x00, 0x42)).toBe('4204001122339000');
    expect(await ask(card, host, 0xe2, 0x10, 0x00, '5F5005687474')).toBe('9000');
    expect(await ask(card, host, 0xe2, 0x90, 0x01, '7073')).toBe('9000');
    expect(await ask(card, host, 0xca, 0x5f, 0x50)).toBe('5F500568747470739000');
    expect(await ask(card, host, 0xe2, 0x88, 0x00, '007004450299AA')).toBe('9000');
    expect(await ask(card, host, 0xca, 0x00, 0x45)).toBe('450299AA9000');
    expect(await ask(card, host, 0xe2, 0x80, 0x00, 'CAFE')).toBe('9000');
  });

  test.each([
    ['what the card makes itself', 0x90, 0x00, 'C103000000', '6A80'],
    ['malformed', 0x90, 0x00, '4205AA', '6A80'],
    ['another DGI', 0x88, 0x00, '00B90142', '6A80'],
    ['a cut DGI', 0x88, 0x00, '0070', '6A80'],
    ['a block out of turn', 0x90, 0x01, '4201AA', '6985'],
  ])('%s', async (_name, p1, p2, data, sw) => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xe2, p1, p2, data)).toBe(sw);
    expect(await ask(card, host, 0xca, 0x00, 0x42)).toBe('6A88');
  });

  test('more than the card has room for', async () => {
    const { card, host } = await inside();
    for (let block = 0; block < 20; block++)
      expect(await ask(card, host, 0xe2, 0x10, block, '00'.repeat(200))).toBe('9000');
    expect(await ask(card, host, 0xe2, 0x10, 20, '00'.repeat(200))).toBe('6A84');
    expect(await ask(card, host, 0xe2, 0x10, 21, '00')).toBe('6985');
  });
});

describe('DELETE [key]', () => {
  test('a version, one key; never the last complete set', async () => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xe4, 0x00, 0x00, 'D20130')).toBe('6985');
    await ask(card, host, 0xd8, 0x00, 0x81, `31${keySet(NEW)}`);
    expect(await ask(card, host, 0xe4, 0x00, 0x00, 'D00101D20130')).toBe('009000');
    expect(card.keys).toHaveLength(5);
    expect(await ask(card, host, 0xe4, 0x00, 0x00, 'D20130')).toBe('009000');
    expect(card.keys.map(({ version }) => version)).toEqual([0x31, 0x31, 0x31]);
    expect(await ask(card, host, 0xe4, 0x00, 0x00, 'D00102')).toBe('6985');
  });

  test.each([
    ['no such version', 0x00, 'D20132', '6A88'],
    ['no such key', 0x00, 'D00104D20130', '6A88'],
    ['an application', 0x00, `4F08${DOMAIN}`, '6A80'],
    ['nothing', 0x00, '', '6A80'],
    ['malformed', 0x00, 'D202', '6A80'],
    ['related objects', 0x80, 'D20130', '6A86'],
  ])('%s', async (_name, p2, data, sw) => {
    const { card, host } = await inside();
    expect(await ask(card, host, 0xe4, 0x00, p2, data)).toBe(sw);
    expect(card.keys).toHaveLength(3);
  });
});

test('key sets, counters, failures and stored data outlive the program; sessions do not', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'simboot-domain-')), 'card.json');
  const first = await insert('uicc-scp03', { state });
  const host = await open(first, { aid: DOMAIN });
  await ask(first, host, 0xd8, 0x00, 0x81, `31${keySet(NEW)}`);
  await ask(first, host, 0xe2, 0x90, 0x00, '420100');
  const wrong = unhex((await open(first, { aid: DOMAIN, version: 0x30 })).wrap(0x80, 0xca, 0, 0x66));
  wrong[5]! ^= 1;
  await send(first, hex(wrong));
  await send(first, `8050310008${HOST_CHALLENGE.slice(0, 16)}00`);
  await send(first, `8482330010${'00'.repeat(16)}`);

  const second = createSimulatedCard({ profile: 'uicc-scp03', state });
  expect(second.keys).toEqual(first.keys);
  expect([second.keyCounters(0x30), second.keyCounters(0x31)]).toEqual([
    { sequence: 2, failures: 0 },
    { sequence: 1, failures: 1 },
  ]);
  expect(second.secureChannels).toEqual([]);
  await second.powerOn();
  await send(second, `00A4040C08${DOMAIN}`);
  expect(await send(second, '80CA004200')).toBe('4201009000');
  const image = second.snapshot();
  await open(second, { aid: DOMAIN, version: 0x30 });
  second.restore(image);
  expect(second.snapshot()).toEqual(image);
});
