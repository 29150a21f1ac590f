/** Short file identifiers (TS 102 221 §8.4.3, §11.1.3, §11.1.5): in place of a SELECT, where the file is described. */
import { type Exchange, errorOf, fcp, uicc } from './support.js';

const DIR = { path: [0x3f00, 0x2f00] };
const ICCID = { path: [0x3f00, 0x2fe2] };
const OTHER = { path: [0x3f00, 0x2f05] };
const SELECTS: readonly Exchange[] = [
  ['00A40004 02 2F00 00', '6217 82054221000202 83022F00 8A0105 80020004 8801F0 9000'],
  ['00A40004 02 2FE2 00', '6212 82024121 83022FE2 8A0105 8002000A 880110 9000'],
  ['00A40004 02 2F05 00', `${fcp('2F05', '0004')} 9000`],
];
const selectAll = async (card: Parameters<Parameters<typeof uicc>[1]>[0]) => {
  for (const location of [DIR, ICCID, OTHER]) await card.select(location);
};

test('READ RECORD names SFI 1E in P2 = F4, READ BINARY SFI 02 in P1 = 82; then the file is current', async () => {
  await uicc(
    [
      ...SELECTS,
      ['00B201F402', '6101 9000'],
      ['00B2020402', '6102 9000'],
      ['00B082000A', '00112233445566778899 9000'],
      ['00B0000302', '3344 9000'],
      ['00B202F402', '6102 9000'],
      ['00B2010402', '6101 9000'],
      ['00B0820701', '77 9000'],
      // No SFI: selected.
      ['00A40004 02 2F05 00', `${fcp('2F05', '0004')} 9000`],
      ['00B0000004', 'FFFFFFFF 9000'],
    ],
    async (card) => {
      await selectAll(card);
      expect(await card.readRecords(DIR)).toHaveLength(2);
      expect(await card.readBinary(ICCID)).toHaveLength(10);
      await card.readBinary(ICCID, { offset: 3, length: 2 });
      await card.readRecord(DIR, 2);
      await card.readRecord(DIR, 1);
      await card.readBinary(ICCID, { offset: 7, length: 1 });
      await card.readBinary(OTHER);
    },
  );
});

test('a card that does not answer to the SFI is asked by SELECT', async () => {
  await uicc(
    [...SELECTS, ['00B082000A', '6A82'], SELECTS[1]!, ['00B000000A', '00112233445566778899 9000']],
    async (card) => {
      await selectAll(card);
      expect(await card.readBinary(ICCID)).toHaveLength(10);
    },
  );
});

test('access denied stays access denied; an UPDATE selects', async () => {
  await uicc([...SELECTS, ['00B082000A', '6982'], SELECTS[1]!, ['00D6000001AA', '9000']], async (card) => {
    await selectAll(card);
    expect(await errorOf(card.readBinary(ICCID))).toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
    await card.updateBinary(ICCID, 0, Uint8Array.of(0xaa));
  });
});

test('offsets beyond one octet, and empty reads, do not use the SFI', async () => {
  const long: Exchange = ['00A40004 02 2FE2 00', '6212 82024121 83022FE2 8A0105 80020200 880110 9000'];
  await uicc([SELECTS[0]!, long, SELECTS[2]!, long, ['00B0010001', 'AA 9000']], async (card) => {
    await selectAll(card);
    await card.readBinary(ICCID, { offset: 256, length: 1 });
  });
});

test('another directory is current: selected by path', async () => {
  await uicc(
    [
      ...SELECTS,
      ['00A40004 02 7F10 00', '6208 82027821 83027F10 9000'],
      ['00A40804 02 2FE2 00', '6212 82024121 83022FE2 8A0105 8002000A 880110 9000'],
      ['00B000000A', '00112233445566778899 9000'],
    ],
    async (card) => {
      await selectAll(card);
      await card.select({ path: [0x3f00, 0x7f10] });
      await card.readBinary(ICCID);
    },
  );
});
