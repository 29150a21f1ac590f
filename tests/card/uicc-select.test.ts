/** Bytes by hand from TS 102 221 §11.1.1 (SELECT), §11.1.3-6 (content), §8.4 (selection rules). */
import { toHex } from '../../src/bytes/index.js';
import { FCP_ADF, fcp, PKCS15, SELECT_AID, uicc, uiccT0 } from './support.js';

const FCP_DIR = '621A 82054221002604 83022F00 8A0105 8B032F0601 80020098 8801F0';

test('T=1: one SELECT by AID, then files by identifier while their ADF is current', async () => {
  await uicc(
    [
      SELECT_AID,
      ['00A40004 02 5031 00', `${fcp('5031', '0020')} 9000`],
      ['00B0000020', `${'A7'.repeat(32)} 9000`],
      ['00A40004 02 6431 00', `${fcp('6431', '0200')} 9000`],
      ['00B0000000', `${'00'.repeat(256)} 9000`],
      ['00B0010000', `${'01'.repeat(256)} 9000`],
    ],
    async (card) => {
      expect(card.mode).toBe('3g');
      expect(await card.selectApplication(PKCS15)).toMatchObject({
        kind: 'adf',
        fid: 0x7f50,
        aid: PKCS15.aid,
      });
      expect(await card.selectApplication(PKCS15)).toMatchObject({ kind: 'adf' });
      const odf = await card.readBinary({ application: PKCS15, relative: [0x5031] });
      expect(toHex(odf)).toBe('a7'.repeat(32));
      const boot = await card.readBinary({ path: [0x3f00, 0x7f50, 0x6431], application: PKCS15 });
      expect(boot.length).toBe(512);
      expect(boot[256]).toBe(1);
    },
  );
});

test('T=0: the answer is fetched with GET RESPONSE only where it is needed', async () => {
  await uiccT0(
    [
      ['00A40004 02 2F00', '611C'],
      ['00C000001C', `${FCP_DIR} 9000`],
      ['00B2010426', `${'61'.repeat(38)} 9000`],
      ['00B2020426', `${'FF'.repeat(38)} 9000`],
      ['00B2030426', `${'FF'.repeat(38)} 9000`],
      ['00B2040426', `${'FF'.repeat(38)} 9000`],
      // ADF: the answer is always fetched, for its PINs.
      ['00A40404 0C A000000063504B43532D3135', '612B'],
      ['00C000002B', `${FCP_ADF} 9000`],
      // EF(DIR) again: described already, so that its answer may wait.
      ['00A40804 02 2F00', '611C'],
      [`00DC020426${'62'.repeat(38)}`, '9000'],
      // Back in the ADF without selecting its AID again.
      ['00A40804 04 7FFF 5031', '6118'],
      ['00C0000018', `${fcp('5031', '0020')} 9000`],
    ],
    async (card) => {
      const dir = { path: [0x3f00, 0x2f00] };
      // The MF was selected by openCard, and EF(DIR) is below it.
      expect(await card.select({ path: [0x3f00, 0x2f00] })).toMatchObject({
        structure: 'linear-fixed',
        recordLength: 38,
        recordCount: 4,
        sfi: 0x1e,
      });
      expect((await card.readRecords(dir)).length).toBe(4);
      await card.selectApplication(PKCS15);
      await card.updateRecord(dir, 2, new Uint8Array(38).fill(0x62));
      await card.select({ application: PKCS15, relative: [0x5031] });
    },
  );
});

test('an absolute path that belongs to no application goes by path from the MF', async () => {
  await uicc(
    [
      ['00A40804 04 7F50 5031 00', `${fcp('5031', '0020')} 9000`],
      ['00B0000020', `${'00'.repeat(32)} 9000`],
    ],
    async (card) => {
      await card.readBinary({ path: [0x3f00, 0x7f50, 0x5031] });
    },
  );
});

test('UPDATE BINARY in 255-octet pieces at increasing offsets', async () => {
  await uicc(
    [
      SELECT_AID,
      ['00A40004 02 6431 00', `${fcp('6431', '0200')} 9000`],
      [`00D6000A FF ${'AA'.repeat(255)}`, '9000'],
      [`00D60109 2D ${'AA'.repeat(45)}`, '9000'],
    ],
    async (card) => {
      await card.updateBinary(
        { application: PKCS15, relative: [0x6431] },
        10,
        new Uint8Array(300).fill(0xaa),
      );
    },
  );
});

test('MF answer is asked for only when a caller wants it', async () => {
  await uicc([['00A40004 02 3F00 00', '620D 82027821 83023F00 8A0105 C600 9000']], async (card) => {
    expect(await card.select({ path: [0x3f00] })).toMatchObject({ kind: 'mf' });
    expect(await card.select({ path: [0x3f00] })).toMatchObject({ fid: 0x3f00 });
  });
});
