/** Bytes by hand from TS 51.011 §9.2 (commands), §6.5 (selection), §9.2.1 (answers). */
import { toHex } from '../../src/bytes/index.js';
import { sim } from './support.js';

const DF_7F50 = '000010007F500200000000000A1300030400838A838A00';

test('indirect selection, one SELECT a directory, GET RESPONSE for the file alone', async () => {
  await sim(
    [
      ['A0A40000 02 2F00', '9F0F'],
      ['A0C000000F', '000000982F00040004FF4401020126 9000'],
      ['A0B2010426', `61${'FF'.repeat(37)} 9000`],
      ['A0B2020426', `${'FF'.repeat(38)} 9000`],
      ['A0B2030426', `${'FF'.repeat(38)} 9000`],
      ['A0B2040426', `${'FF'.repeat(38)} 9000`],
      ['A0A40000 02 7F50', '9F17'],
      ['A0A40000 02 5031', '9F0F'],
      ['A0C000000F', '000000205031040004FF4401020000 9000'],
      ['A0B0000020', `${'A7'.repeat(32)} 9000`],
      // 7F50/6431 is one SELECT away from 7F50/5031.
      ['A0A40000 02 6431', '9F0F'],
      ['A0C000000F', '000002006431040014FF4401020000 9000'],
      ['A0B0000000', `${'11'.repeat(256)} 9000`],
      ['A0B0010000', `${'22'.repeat(256)} 9000`],
      ['A0D6000004DEADBEEF', '9000'],
      // Described already: its answer waits in the card.
      ['A0A40000 02 5031', '9F0F'],
      ['A0B0000020', `${'A7'.repeat(32)} 9000`],
    ],
    async (card) => {
      const application = { aid: new Uint8Array(12), path: [0x3f00, 0x7f50] };
      expect((await card.readRecords({ path: [0x3f00, 0x2f00] })).length).toBe(4);
      const odf = { application, relative: [0x5031] };
      expect(toHex(await card.readBinary(odf))).toBe('a7'.repeat(32));
      const boot = { path: [0x3f00, 0x7f50, 0x6431] };
      expect((await card.readBinary(boot)).length).toBe(512);
      await card.updateBinary(boot, 0, Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
      await card.readBinary(odf);
    },
  );
});

test('the directory itself, with its CHV status', async () => {
  await sim(
    [
      ['A0A40000 02 7F50', '9F17'],
      ['A0C0000017', `${DF_7F50} 9000`],
    ],
    async (card) => {
      const info = await card.select({ path: [0x3f00, 0x7f50] });
      expect(info).toMatchObject({ kind: 'df', fid: 0x7f50 });
      expect(info.pins).toEqual([
        { key: 1, enabled: true, tries: 3, initialised: true },
        { key: 2, enabled: true, tries: 3, initialised: true },
      ]);
    },
  );
});
