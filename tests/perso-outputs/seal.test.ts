import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { openCell, SealingKey } from '../../src/crypto/index.js';
import { cellSealer } from '../../src/perso/outputs/seal.js';

const KEY = fromHex('2b'.repeat(32));

test('a sealed cell opens in its row and column, and is the same each time', () => {
  const seal = cellSealer(KEY);
  const cell = seal('8949017800000000001', 'psk', fromHex('00112233'));
  expect(cellSealer(KEY)('8949017800000000001', 'psk', fromHex('00112233'))).toBe(cell);
  expect(openCell(new SealingKey(KEY), '8949017800000000001', 'psk', cell)).toEqual(fromHex('00112233'));
  expect(() => openCell(new SealingKey(KEY), '8949017800000000002', 'psk', cell)).toThrow(
    expect.objectContaining({ code: 'SECURITY_SEALED' }),
  );
});

test('no two cells share a nonce', () => {
  const seal = cellSealer(KEY);
  const nonces = new Set<string>();
  const cells: readonly (readonly [string, string, string])[] = [
    ['1', 'psk', 'a'],
    ['1', 'psk', 'b'],
    ['2', 'psk', 'a'],
    ['1', 'psk2', 'a'],
    ['1p', 'sk', 'a'],
    ['1', 'p', 'ska'],
  ];
  for (const [row, column, text] of cells)
    nonces.add(
      Buffer.from(seal(row, column, encodeUtf8(text)), 'base64')
        .subarray(0, 12)
        .toString('hex'),
    );
  nonces.add(
    Buffer.from(cellSealer(fromHex('2c'.repeat(32)))('1', 'psk', encodeUtf8('a')), 'base64')
      .subarray(0, 12)
      .toString('hex'),
  );
  expect(nonces.size).toBe(cells.length + 1);
});
