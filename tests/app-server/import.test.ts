/** Accounts of a line: sealed columns, findings by row and column, all or nothing; then the card finds its server ready. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { importAccounts, openCell, sealCell } from '../../src/app/index.js';
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import { memoryStore, type ServerStore } from '../../src/dm/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { accountToMo, encodeDmmo } from '../../src/mo/index.js';
import { CLIENT_INITIATED, commandsOf, INITIATION, Raw, testServer } from './raw.js';

const random = (octets: number) => Uint8Array.from(randomBytes(octets));
const KEY = new SealingKey(fromHex('00112233445566778899aabbccddeeff'.repeat(2)));
const ICCID = '8949123456789012345';
const PSK = fromHex('000102030405060708090a0b0c0d0e0f');
const seal = (rowKey: string, column: Parameters<typeof sealCell>[2], octets: Uint8Array) =>
  sealCell(KEY, rowKey, column, octets, random);

function csv(...rows: readonly (readonly string[])[]): Uint8Array {
  return encodeUtf8(
    `${['iccid,srvid,psk_identity,psk,noti_secret', ...rows.map((row) => row.join(','))].join('\r\n')}\r\n`,
  );
}
const goodRow = (iccid = ICCID, identity = `card-${iccid}`) => [
  iccid,
  'dm.example',
  identity,
  seal(iccid, 'psk', PSK),
  seal(iccid, 'noti_secret', fromHex('aabb')),
];
const load = (store: ServerStore, file: Uint8Array | string, now = 7) =>
  importAccounts(store, typeof file === 'string' ? encodeUtf8(file) : file, {
    secrets: { sealedUnder: KEY },
    now,
  });

test('a sealed cell: nonce, ciphertext, tag; associated data are row key, 00, column', () => {
  // AES-256-GCM, computed with Python's cryptography: key 0011…ff twice, nonce 000102…0b, data "8949…2345\0psk".
  const cell = sealCell(KEY, ICCID, 'psk', PSK, (octets) =>
    Uint8Array.from({ length: octets }, (_, index) => index),
  );
  expect(cell).toBe('AAECAwQFBgcICQoLFhm3NURMy7HBMmX3PdhqID2OZNH6Djk+Q37kZNQGji4=');
  expect(openCell(KEY, ICCID, 'psk', cell)).toEqual(PSK);
  for (const [row, column] of [
    ['8949123456789012346', 'psk'],
    [ICCID, 'noti_secret'],
  ] as const) {
    expect(() => openCell(KEY, row, column, cell)).toThrow(
      expect.objectContaining({ code: 'SECURITY_SEALED' }),
    );
  }
  expect(openCell(KEY, ICCID, 'psk', '!')).toBeUndefined();
});

test('CSV: what a line wrote; again it changes nothing, and a device that was found stays', async () => {
  const store = memoryStore();
  const file = csv(goodRow(), goodRow('8949123456789012352'));
  expect(await load(store, file)).toEqual({ rows: 2, added: 2, changed: 0, unchanged: 0, findings: [] });
  const account = await store.accountOf({ kind: 'psk', identity: `card-${ICCID}` }, 'trsp');
  expect(account).toEqual({
    accountId: `dm.example/${ICCID}`,
    srvId: 'dm.example',
    iccid: ICCID,
    credentials: [{ purpose: 'trsp', kind: 'identity-secret', identity: `card-${ICCID}`, secret: PSK }],
    noti: { secret: fromHex('aabb'), data: new Uint8Array() },
    createdAt: 7,
  });
  await store.apply('urn:dev:x', [{ type: 'bind', accountId: account!.accountId, devId: 'urn:dev:x' }]);
  expect(await load(store, csv(goodRow(), goodRow('8949123456789012352')), 99)).toMatchObject({
    added: 0,
    changed: 0,
    unchanged: 2,
  });
  expect(await load(store, csv(goodRow(ICCID, 'renamed')), 99)).toMatchObject({
    added: 0,
    changed: 1,
    unchanged: 0,
  });
  expect(await store.account(account!.accountId)).toMatchObject({ devId: 'urn:dev:x', createdAt: 7 });
  expect(await store.accountOf({ kind: 'psk', identity: `card-${ICCID}` }, 'trsp')).toBeUndefined();
});

test('JSON: lines, and an array; the same accounts', async () => {
  const object = { account: 'one', srvid: 'dm.example', certificate_sha256: 'AB'.repeat(32) };
  for (const text of [`${JSON.stringify(object)}\n\n`, JSON.stringify([object])]) {
    const store = memoryStore();
    expect(await load(store, text)).toMatchObject({ rows: 1, added: 1, findings: [] });
    expect(await store.account('one')).toMatchObject({
      credentials: [{ purpose: 'trsp', kind: 'x509', fingerprint256: 'ab'.repeat(32) }],
    });
  }
});

test('secrets in the clear, where the file has no transport key', async () => {
  const store = memoryStore();
  const text =
    'account,srvid,bootstrap_psk_identity,bootstrap_psk,noti_secret,noti_data\n"a ""1""",dm,boot,00ff,aa,bb\n';
  expect(await importAccounts(store, encodeUtf8(text), { secrets: { clear: true }, now: 1 })).toMatchObject({
    added: 1,
  });
  expect(await store.account('a "1"')).toMatchObject({
    credentials: [{ purpose: 'bootstrap', identity: 'boot', secret: fromHex('00ff') }],
    noti: { secret: fromHex('aa'), data: fromHex('bb') },
  });
});

test('every mistake with its row and column; nothing is imported, and no secret is told', async () => {
  const store = memoryStore();
  const swapped = [...goodRow('8949123456789012360')];
  [swapped[3], swapped[4]] = [swapped[4]!, swapped[3]!];
  const file = csv(
    goodRow(),
    ['89', 'dm.example', 'x', seal('89', 'psk', PSK), ''],
    swapped,
    ['8949123456789012378', '', 'y', 'no base64', ''],
    ['8949123456789012386', 'dm.example', '', seal('8949123456789012386', 'psk', PSK), ''],
    ['8949123456789012394', 'dm.example', 'z', '', ''],
    ['8949123456789012402', 'dm.example', '', '', ''],
    goodRow(ICCID, 'twice'),
    goodRow('8949123456789012410', `card-${ICCID}`),
    ['8949123456789012428', 'dm.example'],
    ['', 'dm.example', 'q', '', ''],
  );
  const { findings, ...counts } = await load(store, file);
  expect(counts).toEqual({ rows: 10, added: 0, changed: 0, unchanged: 0 });
  expect(findings.map(({ row, column }) => `${row} ${column ?? '-'}`)).toEqual([
    '3 iccid',
    '4 noti_secret',
    '4 psk',
    '5 srvid',
    '6 psk_identity',
    '7 psk',
    '8 -',
    '9 account',
    '10 psk_identity',
    '11 -',
    '12 account',
  ]);
  expect(await store.accounts()).toEqual([]);
  const told = JSON.stringify(findings);
  for (const secret of [Buffer.from(PSK).toString('hex'), 'no base64', seal.name])
    expect(told).not.toContain(`${secret}"`);
  expect(told).not.toContain('no base64');
});

test('an identity that another account of the store has: nothing is imported', async () => {
  const store = memoryStore();
  await load(store, csv(goodRow()));
  const clash = csv(goodRow('8949123456789012352'), goodRow('8949123456789012360', `card-${ICCID}`));
  await expect(load(store, clash)).rejects.toMatchObject({ code: 'USAGE_ACCOUNT_IDENTITY' });
  expect(await store.accounts()).toHaveLength(1);
});

test('files that are none', async () => {
  const store = memoryStore();
  const findings = async (text: string) => (await load(store, text)).findings;
  expect(await findings('account,srvid,account\n')).toEqual([
    { row: 1, column: 'account', message: expect.any(String) },
  ]);
  expect(await findings('account,nonsense\na,b\n')).toContainEqual({
    row: 2,
    column: 'nonsense',
    message: expect.any(String),
  });
  expect(await findings('account,srvid\n"a,b')).toContainEqual({
    row: 2,
    message: 'a quoted cell does not end',
  });
  expect(await findings('account,srvid\n"a"b,c\n')).toContainEqual({
    row: 2,
    message: 'characters after the closing quote',
  });
  expect(await findings('{"account":"a","account":"b"}')).toHaveLength(1);
  expect(await findings('{"account":1,"__proto__":"x","constructor":"y"}')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ column: 'account' }),
      expect.objectContaining({ column: '__proto__' }),
      expect.objectContaining({ column: 'constructor' }),
    ]),
  );
  expect(await findings('[1,')).toHaveLength(1);
  await expect(load(store, Uint8Array.of(0xff))).rejects.toMatchObject({ code: 'DATA_UTF8' });
  expect(await load(store, '')).toMatchObject({ rows: 0, findings: [] });
});

test('damaged files: findings or typed errors, never a half', async () => {
  const good = csv(goodRow(), goodRow('8949123456789012352'));
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), async (at, octet, cut) => {
      const damaged = cut
        ? good.subarray(0, at)
        : Uint8Array.from(good, (each, index) => (index === at ? octet : each));
      const store = memoryStore();
      try {
        const { added, rows, findings } = await load(store, damaged);
        expect(added).toBe(findings.length > 0 ? 0 : rows);
        expect(await store.accounts()).toHaveLength(added);
      } catch (error) {
        expect(error).toBeInstanceOf(SimbootError);
        expect(await store.accounts()).toEqual([]);
      }
    }),
    { numRuns: 1000 },
  );
});

test('the bootstrap document of a card: its server is ready before the card ever comes', async () => {
  const text = (value: string) => encodeUtf8(value);
  const document = encodeDmmo([
    accountToMo(
      {
        srvId: 'dm.example',
        srvUri: 'https://dm.example/dm',
        name: 'Example',
        perm: ['*'],
        auth: {
          trsp: { data: text('card-77'), secret: PSK },
          noti: { type: 0, data: text('d'), secret: text('n') },
          bootstrap: {
            serverUri: 'https://dm.example/bootstrap',
            secMode: 'psk',
            clientPubKey: text('boot-77'),
            serverPubKey: text('boot-77'),
            clientSecretKey: PSK,
          },
        },
      },
      'dms1',
    ),
  ]);
  const server = await testServer();
  try {
    expect(await load(server.store, document)).toMatchObject({ rows: 1, added: 1 });
    const raw = await Raw.psk(server.port, 'card-77', PSK);
    expect(commandsOf(await raw.post('urn:dev:77', INITIATION, CLIENT_INITIATED))).toEqual([['END']]);
    raw.close();
    expect(await server.store.account('dm.example/card-77')).toMatchObject({
      devId: 'urn:dev:77',
      noti: { secret: text('n') },
    });
  } finally {
    await server.stop();
  }
});
