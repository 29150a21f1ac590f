/** SELECT on cards that differ (TS 102 221 §11.1.1.2): P2, paths, 7FFF, applications that are plain DFs. */
import { AID, errorOf, FCP_ADF, fcp, PKCS15, PKCS15_NO_PATH, SELECT_AID, uicc, uiccT0 } from './support.js';

const EF = (fid: string): string => `${fcp(fid, '0020')} 9000`;
const inApplication = (fid: number) => ({ application: PKCS15, relative: [fid] });

test('P2 = 04 refused: 00, then 0C; the one that works is kept for that form of SELECT', async () => {
  await uicc(
    [
      [`00A40404 0C ${AID} 00`, '6A86'],
      [`00A40400 0C ${AID} 00`, `${FCP_ADF.replace(/^62/, '6F')} 9000`],
      ['00A40004 02 5031 00', '6B00'],
      ['00A40000 02 5031 00', '6A86'],
      ['00A4000C 02 5031', '9000'],
      ['00A4000C 02 6431', '9000'],
      // No answer, so no size: read until the file ends.
      ['00B0000000', `${'AA'.repeat(256)} 9000`],
      ['00B0010000', `${'BB'.repeat(10)} 6282`],
    ],
    async (card) => {
      expect(await card.selectApplication(PKCS15)).toMatchObject({ kind: 'adf' });
      const info = await card.select(inApplication(0x5031));
      expect(info).toMatchObject({ kind: 'ef', security: { form: 'none' } });
      expect(info.problems!.join()).toMatch(/EF\(ODF\) 5031 .*no answer to SELECT/);
      expect(await card.readBinary(inApplication(0x6431))).toHaveLength(266);
    },
  );
});

test('a file without a size that ends at a full READ', async () => {
  await uicc(
    [
      ['00A40004 02 6431 00', '9000'],
      ['00B0000000', `${'AA'.repeat(256)} 9000`],
      ['00B0010000', '6B00'],
    ],
    async (card) => {
      expect(await card.readBinary({ path: [0x3f00, 0x6431] })).toHaveLength(256);
    },
  );
});

test('a card without selection by path is walked by identifiers, and not asked again', async () => {
  await uicc(
    [
      ['00A40804 04 7F10 6F3A 00', '6A86'],
      ['00A40800 04 7F10 6F3A 00', '6A86'],
      ['00A4080C 04 7F10 6F3A', '6A86'],
      ['00A40004 02 3F00 00', '6204 82027821 9000'],
      ['00A40004 02 7F10 00', '6208 82027821 83027F10 9000'],
      ['00A40004 02 6F3A 00', EF('6F3A')],
      ['00A40004 02 3F00 00', '6204 82027821 9000'],
      ['00A40004 02 7F20 00', '6208 82027821 83027F20 9000'],
      ['00A40004 02 6F07 00', EF('6F07')],
    ],
    async (card) => {
      await card.select({ path: [0x3f00, 0x7f10, 0x6f3a] });
      await card.select({ path: [0x3f00, 0x7f20, 0x6f07] });
    },
  );
});

test('a card that does not know 7FFF is asked by AID once more', async () => {
  await uicc(
    [
      SELECT_AID,
      ['00A40804 02 2F00 00', EF('2F00')],
      ['00A40804 04 7FFF 5031 00', '6A82'],
      SELECT_AID,
      ['00A40004 02 5031 00', EF('5031')],
    ],
    async (card) => {
      await card.selectApplication(PKCS15);
      await card.select({ path: [0x3f00, 0x2f00] });
      await card.select(inApplication(0x5031));
    },
  );
});

test('a card that has shown it knows 7FFF is believed that a file is not there', async () => {
  await uicc(
    [
      SELECT_AID,
      ['00A40804 02 2F00 00', EF('2F00')],
      ['00A40804 04 7FFF 5031 00', EF('5031')],
      ['00A40004 02 5032 00', '6A82'],
      // After a refusal nothing is taken for current.
      ['00A40804 04 7FFF 5033 00', '6A82'],
    ],
    async (card) => {
      await card.selectApplication(PKCS15);
      await card.select({ path: [0x3f00, 0x2f00] });
      await card.select(inApplication(0x5031));
      for (const fid of [0x5032, 0x5033]) {
        const error = await errorOf(card.select(inApplication(fid)));
        expect(error).toMatchObject({ code: 'CARD_FILE_NOT_FOUND', details: { sw: '6A82' } });
      }
    },
  );
});

test.each(['6A82', '6A88', '6999'])('an application that the card knows by path alone (%s)', async (sw) => {
  await uicc(
    [
      [SELECT_AID[0], sw],
      ['00A40804 04 7F50 5031 00', EF('5031')],
      ['00A40004 02 6431 00', EF('6431')],
      // The directory is current: described now, without asking for the AID again.
      ['00A40804 02 7F50 00', '6208 82027821 83027F50 9000'],
    ],
    async (card) => {
      await card.select(inApplication(0x5031));
      await card.select(inApplication(0x6431));
      expect(await card.selectApplication(PKCS15)).toMatchObject({ kind: 'df' });
    },
  );
});

test('neither AID nor path: the error is that of the AID', async () => {
  await uicc(
    [
      [SELECT_AID[0], '6A82'],
      ['00A40804 02 7F50 00', '6A82'],
    ],
    async (card) => {
      const error = await errorOf(card.selectApplication(PKCS15));
      expect(error).toMatchObject({ code: 'CARD_FILE_NOT_FOUND' });
      expect(error.message).toMatch(new RegExp(`SELECT application ${AID}.*6A82`));
    },
  );
});

test('an application without a path in EF(DIR), absolute paths in its directories: under its AID, then under the MF', async () => {
  await uicc(
    [
      SELECT_AID,
      ['00A40004 02 6420 00', EF('6420')],
      ['00A40004 02 6431 00', '6A82'],
      ['00A40804 04 7F60 6431 00', EF('6431')],
      ['00B0000001', 'FF 9000'],
    ],
    async (card) => {
      await card.select({ path: [0x3f00, 0x7f50, 0x6420], application: PKCS15_NO_PATH });
      const elsewhere = { path: [0x3f00, 0x7f60, 0x6431], application: PKCS15_NO_PATH };
      await card.select(elsewhere);
      await card.readBinary(elsewhere, { offset: 0, length: 1 });
    },
  );
});

test('a deactivated file is selected all the same (6283)', async () => {
  await uicc([['00A40004 02 6431 00', '620B 82024121 83026431 8A0104 6283']], async (card) => {
    expect(await card.select({ path: [0x3f00, 0x6431] })).toMatchObject({ lifeCycle: 'deactivated' });
  });
});

test.each([
  ['nothing', ''],
  ['noise', 'DEADBEEF'],
  ['an EF where an ADF was asked for', '6208 82024121 83027F50'],
])(
  'the answer to SELECT AID is %s: an ADF with a problem, and its files can be read',
  async (_name, answer) => {
    await uicc(
      [
        [SELECT_AID[0], `${answer} 9000`],
        ['00A40004 02 5031 00', EF('5031')],
      ],
      async (card) => {
        expect(await card.selectApplication(PKCS15)).toMatchObject({ kind: 'adf' });
        await card.select(inApplication(0x5031));
      },
    );
  },
);

test('T=0: the answer of a directory that is only passed through is left waiting', async () => {
  await uiccT0(
    [
      ['00A40004 02 2F00', '6118'],
      ['00C0000018', EF('2F00')],
      ['00A40004 02 6431', '6118'],
      ['00C0000018', EF('6431')],
      ['00A40004 02 2F00', '6118'],
      ['00D6000001AA', '9000'],
      ['00A40004 02 6431', '6118'],
      ['00D6000001BB', '9000'],
    ],
    async (card) => {
      const [dir, ef] = [{ path: [0x3f00, 0x2f00] }, { path: [0x3f00, 0x6431] }];
      await card.select(dir);
      await card.select(ef);
      await card.updateBinary(dir, 0, Uint8Array.of(0xaa));
      await card.updateBinary(ef, 0, Uint8Array.of(0xbb));
    },
  );
});
