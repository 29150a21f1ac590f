/** Logical channels (TS 102 221 §11.1.17, §10.1.1): every command of a view carries its channel in the class octet. */
import { fromHex } from '../../src/bytes/index.js';
import { encodePin } from '../../src/card/index.js';
import { AID, type Exchange, errorOf, FCP_ADF, fcp, PKCS15, uicc, uiccT0 } from './support.js';

test.each([
  [1, '01', '01', '81'],
  [3, '03', '03', '83'],
  [4, '04', '40', 'C0'],
  [19, '13', '4F', 'CF'],
])('channel %i: class octets of every command', async (channel, number, cla, cla80) => {
  const script: Exchange[] = [
    ['0070000001', `${number} 9000`],
    [`${cla}A40404 0C ${AID} 00`, `${FCP_ADF} 9000`],
    [`${cla}A40004 02 6431 00`, `${fcp('6431', '0020')} 9000`],
    [`${cla}B0000020`, `${'FF'.repeat(32)} 9000`],
    [`${cla}20000A`, '63C3'],
    [`${cla}20000A 08 31323334FFFFFFFF`, '9000'],
    [`${cla}D6000001AA`, '9000'],
    [`${cla}A40804 02 2F00 00`, '620B 82054221000202 83022F00 9000'],
    [`${cla}B2010402`, '6100 9000'],
    [`${cla}B2020402`, 'FFFF 9000'],
    [`${cla}DC010402 6101`, '9000'],
    // Back in the ADF, whose identifier the path may take for the directory that is current no more.
    [`${cla}A40004 02 7FFF 00`, `${FCP_ADF} 9000`],
    [`${cla80}D40000 0A 62088302643180020040`, '9000'],
    [`${cla}E40000 02 6431`, '9000'],
    [`${cla}E00000 18 621682024121830264318A01058B032F0601800200208800`, '9000'],
    // Opened and closed from the basic channel.
    [`007080${number}`, '9000'],
  ];
  await uicc(script, async (basic) => {
    const card = await basic.openLogicalChannel();
    expect(card.logicalChannel).toBe(channel);
    expect(card.processor).toBe(basic.processor);
    const file = { application: PKCS15, relative: [0x6431] };
    const dir = { path: [0x3f00, 0x2f00] };
    await card.readBinary(file);
    await card.present(0x0a, encodePin('1234'));
    await card.updateBinary(file, 0, Uint8Array.of(0xaa));
    await card.readRecords(dir);
    await card.updateRecord(dir, 1, fromHex('6101'));
    await card.resizeFile(file, 64);
    await card.deleteFile({ path: [0x3f00, 0x7f50, 0x6431], application: PKCS15 });
    await card.createFile(
      { application: PKCS15, relative: [] },
      {
        kind: 'ef',
        fid: 0x6431,
        structure: 'transparent',
        size: 32,
        security: { form: 'referenced', tag: 0x8b, bytes: fromHex('2F0601') },
      },
    );
    await card.close();
    await card.close();
    expect(await errorOf(card.readBinary(file))).toMatchObject({ code: 'USAGE_CARD_CLOSED' });
    expect(await errorOf(card.pinStatus(1))).toMatchObject({ code: 'USAGE_CARD_CLOSED' });
    expect(await errorOf(card.openLogicalChannel())).toMatchObject({ code: 'USAGE_CARD_CLOSED' });
  });
});

test('GET RESPONSE stays on its channel; what one channel learned the other knows', async () => {
  await uiccT0(
    [
      ['0070000001', '05 9000'],
      [`41A40404 0C ${AID}`, '612B'],
      ['41C000002B', `${FCP_ADF} 9000`],
      ['41A40004 02 6431', '6118'],
      ['41C0000018', `${fcp('6431', '0020')} 9000`],
      // The basic channel has another current file, but needs no description of this one.
      [`00A40404 0C ${AID}`, '612B'],
      ['00C000002B', `${FCP_ADF} 9000`],
      ['00A40004 02 6431', '6118'],
      ['00B0000020', `${'FF'.repeat(32)} 9000`],
    ],
    async (basic) => {
      const other = await basic.openLogicalChannel();
      const file = { application: PKCS15, relative: [0x6431] };
      await other.select(file);
      await basic.readBinary(file);
    },
  );
});

test.each([
  ['6881', 'CARD_CHANNEL'],
  ['6A81', 'CARD_CHANNEL'],
  ['6D00', 'CARD_CHANNEL'],
  ['9000', 'CARD_RESPONSE'],
  ['00 9000', 'CARD_RESPONSE'],
  ['14 9000', 'CARD_RESPONSE'],
  ['0102 9000', 'CARD_RESPONSE'],
])('MANAGE CHANNEL answered with %s: %s', async (answer, code) => {
  await uicc([['0070000001', answer]], async (card) => {
    expect(await errorOf(card.openLogicalChannel())).toMatchObject({ code });
  });
});

test('the basic channel is not closed, and a close that fails says so', async () => {
  await uicc(
    [
      ['0070000001', '02 9000'],
      ['00708002', '6881'],
    ],
    async (card) => {
      const other = await card.openLogicalChannel();
      expect(await errorOf(other.close())).toMatchObject({ code: 'CARD_STATUS' });
      await other.close();
      await card.close();
    },
  );
});
