/** Cells under transport keys: AES-GCM at one place, AES-CBC and AES-ECB as they come (SP 800-38A, SP 800-38D). */
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { encodeBase64, encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { MemoryKey, SealingKey, sealCell } from '../../src/crypto/index.js';
import {
  type Column,
  checkTransportKeys,
  drawValues,
  openFields,
  unwrapCell,
  wrapCell,
} from '../../src/perso/index.js';
import { jobOf } from './support.js';

const KEY = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
const KI = '00112233445566778899aabbccddeeff';
const ICCID = '8988211000000000011';
const random = (octets: number) => new Uint8Array(octets).fill(0x5a);

function column(transport: Partial<NonNullable<Column['transport']>>, more: Partial<Column> = {}): Column {
  const cipher = 'aes-gcm' as const;
  return {
    name: 'ki',
    header: 'KI',
    type: 'hex',
    unique: false,
    optional: false,
    secret: true,
    transport: { key: 't', cipher, ...transport },
    ...more,
  };
}

/** By the platform's own ciphers, so that nothing of ours is on both sides. */
function encrypted(algorithm: string, iv: Uint8Array | null, clear: Uint8Array, padding = false): string {
  const cipher = createCipheriv(algorithm, KEY, iv).setAutoPadding(padding);
  return Buffer.concat([cipher.update(clear), cipher.final()]).toString('hex');
}

test('AES-ECB and AES-CBC with a vector in front, or of zeros', async () => {
  const key = new MemoryKey(KEY);
  const open = (transport: Parameters<typeof column>[0], cell: string, more: Partial<Column> = {}) =>
    unwrapCell(key, column(transport, more), ICCID, cell);
  const two = fromHex(KI + KI);
  expect(await open({ cipher: 'aes-ecb' }, encrypted('aes-128-ecb', null, two))).toBe(KI + KI);
  expect(await open({ cipher: 'aes-ecb' }, encrypted('aes-128-ecb', null, two).toUpperCase())).toBe(KI + KI);
  const zero = new Uint8Array(16);
  expect(await open({ cipher: 'aes-cbc', iv: 'zero' }, encrypted('aes-128-cbc', zero, two))).toBe(KI + KI);
  const iv = random(16);
  expect(await open({ cipher: 'aes-cbc' }, toHex(iv) + encrypted('aes-128-cbc', iv, two))).toBe(KI + KI);
  const pin = encrypted('aes-128-cbc', zero, encodeUtf8('1234'), true);
  expect(await open({ cipher: 'aes-cbc', iv: 'zero', padding: 'pkcs7' }, pin, { type: 'digits' })).toBe(
    '1234',
  );
  const iso = encrypted('aes-128-ecb', null, fromHex('31323334800000000000000000000000'));
  expect(await open({ cipher: 'aes-ecb', padding: 'iso7816' }, iso, { type: 'digits' })).toBe('1234');
});

test('AES-GCM: what seals a cell for `server import` seals it for a line', async () => {
  const octets = new Uint8Array(32).fill(7);
  const cell = sealCell(new SealingKey(octets), ICCID, 'KI', fromHex(KI), random);
  const key = new MemoryKey(octets);
  expect(await unwrapCell(key, column({}), ICCID, cell)).toBe(KI);
  const refused = (row: string, header: string, text: string) =>
    expect(unwrapCell(key, column({}, { header }), row, text)).rejects.toMatchObject({
      code: 'SECURITY_SEALED',
    });
  await refused('8988211000000000029', 'KI', cell);
  await refused(ICCID, 'OPC', cell);
  await refused(ICCID, 'KI', 'not base64');
  await refused(ICCID, 'KI', 'AAAA');
  await refused(ICCID, 'KI', encodeBase64(new Uint8Array(40)));
});

test('cells that cannot be what was encrypted', async () => {
  const key = new MemoryKey(KEY);
  const refused = (transport: Parameters<typeof column>[0], cell: string, more: Partial<Column> = {}) =>
    expect(unwrapCell(key, column(transport, more), ICCID, cell)).rejects.toMatchObject({
      code: 'SECURITY_SEALED',
    });
  await refused({ cipher: 'aes-ecb' }, '00');
  await refused({ cipher: 'aes-ecb' }, 'zz'.repeat(16));
  await refused({ cipher: 'aes-cbc' }, '00'.repeat(16));
  await refused({ cipher: 'aes-ecb', padding: 'pkcs7' }, '00'.repeat(16));
  await refused({ cipher: 'aes-ecb', padding: 'iso7816' }, '00'.repeat(16));
  await refused({ cipher: 'aes-ecb' }, encrypted('aes-128-ecb', null, new Uint8Array(16).fill(0xff)), {
    type: 'text',
  });
});

test('whatever is wrapped opens again, and is not there to be read', async () => {
  const transports = [
    {},
    { cipher: 'aes-cbc' },
    { cipher: 'aes-cbc', iv: 'zero', padding: 'pkcs7' },
    { cipher: 'aes-ecb', padding: 'iso7816' },
    { cipher: 'aes-ecb' },
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...transports),
      fc.constantFrom(16, 24, 32),
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      async (transport, length, seed) => {
        const key = new MemoryKey(new Uint8Array(length).fill(seed[0]!));
        const hasPadding = 'padding' in transport || !('cipher' in transport);
        const text = toHex(hasPadding ? seed : new Uint8Array(16 * seed.length).fill(seed[0]!));
        const cell = await wrapCell(key, column(transport), ICCID, text, random);
        expect(cell).not.toContain(text.length > 8 ? text : '\n');
        expect(await unwrapCell(key, column(transport), ICCID, cell)).toBe(text);
      },
    ),
  );
  await expect(
    wrapCell(new MemoryKey(KEY), column({ cipher: 'aes-ecb' }), ICCID, '00', random),
  ).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
  });
});

test('a declared check value is compared: over 01 or over zeros', async () => {
  const keys = new Map([['t', new MemoryKey(KEY)]]);
  const over = (octet: number) => encrypted('aes-128-ecb', null, new Uint8Array(16).fill(octet)).slice(0, 6);
  await checkTransportKeys({ transportKeyChecks: { t: over(1), other: '000000' } }, keys);
  await checkTransportKeys({ transportKeyChecks: { t: over(0).toUpperCase() } }, keys);
  await expect(checkTransportKeys({ transportKeyChecks: { t: '123456' } }, keys)).rejects.toMatchObject({
    code: 'SECURITY_KEY_CHECK',
    details: { name: 't', expected: '123456', kcv: over(1) },
  });
});

describe('fields of a record, just before the work', () => {
  const columns = {
    iccid: 'iccid',
    ki: { type: 'hex', transport: { key: 't', cipher: 'aes-ecb' } },
    adm: { type: 'digits', transport: 't', optional: true },
    opc: { type: 'hex' },
  };
  const keys = new Map([['t', new MemoryKey(KEY)]]);

  test('cells open, those in the clear stay', async () => {
    const job = await jobOf({ columns, transportKeys: 't' });
    const ki = encrypted('aes-128-ecb', null, fromHex(KI));
    const admColumn = job.records.columns[2]!;
    const adm = await wrapCell(keys.get('t')!, admColumn, ICCID, '12345678', random);
    const fields = { iccid: ICCID, ki, adm, opc: 'AB' };
    expect(await openFields({ row: 2, fields }, job, keys)).toEqual({
      iccid: ICCID,
      ki: KI,
      adm: '12345678',
      opc: 'ab',
    });
    const clear = { iccid: ICCID, ki: KI, opc: 'ab', '$transport-key': '0' };
    expect(await openFields({ row: 2, fields: clear }, job, new Map())).toEqual({
      iccid: ICCID,
      ki: KI,
      adm: '',
      opc: 'ab',
    });
    const other = { iccid: ICCID, ki, '$transport-key': 'u' };
    expect(await openFields({ row: 2, fields: other }, job, new Map([['u', keys.get('t')!]]))).toEqual({
      iccid: ICCID,
      ki: KI,
      adm: '',
    });
  });

  test('a missing key and a cell that does not open are told with row and column, and without their content', async () => {
    const job = await jobOf({ columns, transportKeys: 't' });
    const open = (fields: Record<string, string>, using = keys) => openFields({ row: 7, fields }, job, using);
    await expect(open({ iccid: ICCID, ki: '00'.repeat(16) }, new Map())).rejects.toMatchObject({
      code: 'SECURITY_KEY_CHECK',
      details: { row: 7, column: 'ki' },
    });
    await expect(open({ iccid: ICCID, adm: 'AAAA' })).rejects.toMatchObject({
      code: 'SECURITY_SEALED',
      message: expect.stringMatching(/^row 7, adm: /),
    });
  });
});

test('digits are drawn without bias: octets from 250 on are drawn anew', () => {
  const octets = [255, 250, 249, 0, 10, 19, 251];
  const draws: number[] = [];
  const random = (count: number) => {
    draws.push(count);
    return Uint8Array.from({ length: count }, () => octets.shift() ?? 1);
  };
  const draw = { pin: { kind: 'digits', length: 4 }, ki: { kind: 'octets', length: 2 } } as const;
  expect(drawValues({ draw, steps: [] }, random)).toEqual({ pin: '9009', ki: 'fb01' });
  expect(draws).toEqual([4, 2, 2]);
  const steps = [
    { kind: 'rotate-keys', name: 'r', keyVersion: 1, next: { kind: 'drawn', length: 16 } },
  ] as const;
  expect(drawValues({ draw: {}, steps }, (count) => new Uint8Array(count))).toEqual({
    'keys:r': '00'.repeat(48),
  });
});

test('every digit comes as often as any other', () => {
  let next = 0;
  const all = (count: number) => Uint8Array.from({ length: count }, () => next++ & 0xff);
  const { pin = '' } = drawValues({ draw: { pin: { kind: 'digits', length: 2500 } }, steps: [] }, all);
  const counts = new Map<string, number>();
  for (const digit of pin) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  expect([...counts.values()]).toEqual(new Array(10).fill(250));
});
