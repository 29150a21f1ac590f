/** READ and UPDATE at their limits (TS 102 221 §11.1.3-§11.1.6): offsets, sizes, records, cards that answer oddly. */
import { type Exchange, errorOf, fcp, sim, uicc } from './support.js';

const FILE = { path: [0x3f00, 0x6431] };
const select = (size: string): Exchange => ['00A40004 02 6431 00', `${fcp('6431', size)} 9000`];
const records = (descriptor: string): Exchange => [
  '00A40004 02 6431 00',
  `620B 8205${descriptor} 83026431 9000`,
];

test('nothing is sent for no octets', async () => {
  await uicc([select('0020')], async (card) => {
    expect(await card.readBinary(FILE, { offset: 32, length: 0 })).toHaveLength(0);
    await card.updateBinary(FILE, 0, new Uint8Array(0));
  });
});

test.each([
  [0, 33],
  [32, 1],
  [40, 0],
])('offset %i, length %i outside 32 octets: refused before READ and UPDATE', async (offset, length) => {
  await uicc([select('0020')], async (card) => {
    const read = await errorOf(card.readBinary(FILE, { offset, length }));
    expect(read).toMatchObject({ code: 'CARD_RECORD_NOT_FOUND', details: { size: 32 } });
    expect(read.message).toMatch(/EF 6431 \(3F00\/6431\), which has 32 octets/);
    expect(await errorOf(card.updateBinary(FILE, offset, new Uint8Array(length)))).toMatchObject({
      code: 'CARD_RECORD_NOT_FOUND',
    });
  });
});

test('a range that is none', async () => {
  await uicc([select('0020')], async (card) => {
    for (const range of [
      { offset: -1, length: 1 },
      { offset: 0.5, length: 1 },
      { offset: 0, length: Number.NaN },
    ]) {
      expect(await errorOf(card.readBinary(FILE, range))).toMatchObject({ code: 'USAGE_ARGUMENT' });
    }
  });
});

test('offset 7FFF is the last that can be addressed', async () => {
  await uicc([select('FFFF'), ['00B07FFF01', 'AA 9000'], ['00D67FFF01BB', '9000']], async (card) => {
    await card.readBinary(FILE, { offset: 0x7fff, length: 1 });
    await card.updateBinary(FILE, 0x7fff, Uint8Array.of(0xbb));
    expect(await errorOf(card.readBinary(FILE))).toMatchObject({ code: 'CARD_FILE_TOO_LARGE' });
    expect(await errorOf(card.readBinary(FILE, { offset: 0x8000, length: 1 }))).toMatchObject({
      code: 'CARD_FILE_TOO_LARGE',
    });
    expect(await errorOf(card.updateBinary(FILE, 0x7fff, new Uint8Array(256)))).toMatchObject({
      code: 'CARD_FILE_TOO_LARGE',
    });
  });
});

test('a size of four gigabytes is refused, not allocated', async () => {
  await uicc([['00A40004 02 6431 00', '620E 82024121 83026431 8004FFFFFFFF 9000']], async (card) => {
    expect(await errorOf(card.readBinary(FILE))).toMatchObject({ code: 'CARD_FILE_TOO_LARGE' });
  });
});

test('shorter answers are continued where they end; empty and longer ones are refused', async () => {
  await uicc(
    [select('0008'), ['00B0000008', '010203 9000'], ['00B0000305', '0405060708 9000']],
    async (card) => {
      expect([...(await card.readBinary(FILE))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    },
  );
  for (const answer of ['9000', '010203040506070809 9000']) {
    await uicc([select('0008'), ['00B0000008', answer]], async (card) => {
      expect(await errorOf(card.readBinary(FILE))).toMatchObject({ code: 'CARD_RESPONSE' });
    });
  }
});

test('the status word of a failed exchange, with the path and the offset', async () => {
  await uicc(
    [select('0200'), ['00B0000000', `${'00'.repeat(256)} 9000`], ['00B0010000', '6F00']],
    async (card) => {
      const error = await errorOf(card.readBinary(FILE));
      expect(error).toMatchObject({ code: 'CARD_STATUS', details: { sw: '6F00' } });
      expect(error.message).toMatch(/READ BINARY EF 6431 \(3F00\/6431\) at 256: technical problem/);
    },
  );
  await uicc(
    [select('0200'), [`00D60000FF${'00'.repeat(255)}`, '9000'], [`00D600FFFF${'00'.repeat(255)}`, '6581']],
    async (card) => {
      const error = await errorOf(card.updateBinary(FILE, 0, new Uint8Array(512)));
      expect(error).toMatchObject({ code: 'CARD_MEMORY' });
      expect(error.message).toMatch(/UPDATE BINARY EF 6431 \(3F00\/6431\) at 255/);
    },
  );
});

test('an UPDATE that took the card several attempts is done (63CX, 920X)', async () => {
  await uicc([select('0020'), ['00D6000001AA', '63C2']], (card) =>
    card.updateBinary(FILE, 0, Uint8Array.of(0xaa)),
  );
  await sim(
    [
      ['A0A40000 02 6431', '9F0F'],
      ['A0C000000F', '00000020643104000FFF44010200 00 9000'],
      ['A0D6000001AA', '9203'],
    ],
    (card) => card.updateBinary(FILE, 0, Uint8Array.of(0xaa)),
  );
});

test('records: READ in absolute mode, by their own length and number', async () => {
  await uicc(
    [records('4221000503'), ['00B2030405', '0102030405 9000'], ['00DC020405AAAAAAAAAA', '9000']],
    async (card) => {
      expect(await card.readRecord(FILE, 3)).toHaveLength(5);
      await card.updateRecord(FILE, 2, new Uint8Array(5).fill(0xaa));
      for (const record of [0, 4, 255, 1.5]) {
        const error = await errorOf(card.readRecord(FILE, record));
        expect(error).toMatchObject({ code: 'CARD_RECORD_NOT_FOUND', details: { records: 3 } });
      }
      const short = await errorOf(card.updateRecord(FILE, 1, new Uint8Array(4)));
      expect(short).toMatchObject({ code: 'USAGE_ARGUMENT' });
      expect(short.message).toMatch(/has 5 octets, not 4/);
    },
  );
});

test('no number of records: read until the card has no more', async () => {
  await uicc(
    [
      ['00A40004 02 6431 00', '620A 82044221 0002 83026431 9000'],
      ['00B2010402', '0101 9000'],
      ['00B2020402', '0202 9000'],
      ['00B2030402', '6A83'],
    ],
    async (card) => {
      expect(await card.readRecords(FILE)).toHaveLength(2);
    },
  );
});

test('no record length (2G, length 0): the first record tells it, and is not asked for twice', async () => {
  await sim(
    [
      ['A0A40000 02 6431', '9F0F'],
      ['A0C000000F', '00000004643104000FFF4401020100 9000'],
      ['A0B2010400', '6702'],
      ['A0B2010402', '0101 9000'],
      ['A0B2020402', '0202 9000'],
      ['A0B2020402', '0202 9000'],
    ],
    async (card) => {
      expect(await card.readRecords(FILE)).toHaveLength(2);
      await card.readRecord(FILE, 2);
      expect(await card.select(FILE)).toMatchObject({ recordLength: 2, recordCount: 2 });
    },
  );
});

test('a card whose records never end is left after 254', async () => {
  const endless = Array.from({ length: 254 }, (_, i): Exchange => {
    return [`00B2${(i + 1).toString(16).padStart(2, '0')}0401`, 'AA 9000'];
  });
  await uicc([['00A40004 02 6431 00', '620A 82044221 0001 83026431 9000'], ...endless], async (card) => {
    expect(await card.readRecords(FILE)).toHaveLength(254);
  });
});

test('a gap between announced records is an error, an empty record too', async () => {
  await uicc([records('4221000202'), ['00B2010402', '0101 9000'], ['00B2020402', '6A83']], async (card) => {
    expect(await errorOf(card.readRecords(FILE))).toMatchObject({ code: 'CARD_RECORD_NOT_FOUND' });
  });
  await uicc([records('4221000202'), ['00B2010402', '9000']], async (card) => {
    expect(await errorOf(card.readRecord(FILE, 1))).toMatchObject({ code: 'CARD_RESPONSE' });
  });
});

test('a record file is not read as a transparent one, nor the reverse, nor a directory', async () => {
  await uicc([records('4221000202')], async (card) => {
    expect(await errorOf(card.readBinary(FILE))).toMatchObject({ code: 'CARD_STATUS' });
    expect((await errorOf(card.updateBinary(FILE, 0, new Uint8Array(1)))).message).toMatch(/linear-fixed EF/);
  });
  await uicc([select('0020')], async (card) => {
    expect((await errorOf(card.readRecord(FILE, 1))).message).toMatch(/transparent EF/);
    expect(await errorOf(card.updateRecord(FILE, 1, new Uint8Array(1)))).toMatchObject({
      code: 'CARD_STATUS',
    });
  });
  await uicc([['00A40004 02 7F10 00', '6208 82027821 83027F10 9000']], async (card) => {
    expect((await errorOf(card.readBinary({ path: [0x3f00, 0x7f10] }))).message).toMatch(/directory \(DF\)/);
  });
});
