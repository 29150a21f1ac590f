import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { MemoryKey, openCell, SealingKey } from '../../src/crypto/index.js';
import { cellSealer } from '../../src/perso/outputs/seal.js';

const KEY = fromHex('2b'.repeat(32));
const sealer = (octets = KEY) => cellSealer(new MemoryKey(octets));

test('a sealed cell opens in its row and column, and is the same each time', async () => {
  const seal = await sealer();
  const cell = await seal('8949017800000000001', 'psk', fromHex('00112233'));
  expect(await (await sealer())('8949017800000000001', 'psk', fromHex('00112233'))).toBe(cell);
  expect(openCell(new SealingKey(KEY), '8949017800000000001', 'psk', cell)).toEqual(fromHex('00112233'));
  expect(() => openCell(new SealingKey(KEY), '8949017800000000002', 'psk', cell)).toThrow(
    expect.objectContaining({ code: 'SECURITY_SEALED' }),
  );
});

test('no two cells share a nonce', async () => {
  const seal = await sealer();
  const nonces = new Set<string>();
  const cells: readonly (readonly [string, string, string])[] = [
    ['1', 'psk', 'a'],
    ['1', 'psk', 'b'],
    ['2', 'psk', 'a'],
    ['1', 'psk2', 'a'],
    ['1p', 'sk', 'a'],
    ['1', 'p', 'ska'],
  ];
  const nonceOf = (cell: string) => Buffer.from(cell, 'base64').subarray(0, 12).toString('hex');
  for (const [row, column, text] of cells) nonces.add(nonceOf(await seal(row, column, encodeUtf8(text))));
  const other = await sealer(fromHex('2c'.repeat(32)));
  nonces.add(nonceOf(await other('1', 'psk', encodeUtf8('a'))));
  expect(nonces.size).toBe(cells.length + 1);
});
