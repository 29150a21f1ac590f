/** What cannot succeed is refused before the first UPDATE, with the place and the reason. */
import { planWrite, readBootstrap, type WriteRequest, writeBootstrap } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import type { SimbootError } from '../../src/errors/index.js';
import type { Profile } from '../../src/simulator/index.js';
import {
  documentOf,
  insert,
  KEYS,
  KEYS_PIN,
  type Mode,
  PIN,
  privateProfile,
  profileWith,
  reinsert,
  type Setup,
} from './support.js';

const DOCUMENT = documentOf(100);

function writes({ channel }: Setup): number {
  return channel.log.filter(({ command }) => command[1] === 0xd6 || command[1] === 0xdc).length;
}

async function refusal(
  profile: Profile | string,
  request: Partial<WriteRequest> = {},
  mode: Mode = '3g',
): Promise<SimbootError> {
  const setup = await insert(profile, mode);
  const before = setup.emulator.snapshot();
  let refused: SimbootError | undefined;
  try {
    await writeBootstrap(await planWrite(setup.card, { document: DOCUMENT, keys: KEYS, ...request }));
  } catch (error) {
    refused = error as SimbootError;
  }
  expect(writes(setup)).toBe(0);
  expect(setup.emulator.openChannels).toEqual([0]);
  expect(JSON.stringify(setup.emulator.snapshot().root)).toBe(JSON.stringify(before.root));
  expect(refused).toBeDefined();
  return refused!;
}

const uicc = (edit: Parameters<typeof profileWith>[1]) => profileWith('uicc', edit);

describe('refused before the first UPDATE', () => {
  test('a file that is too small, by how many octets', async () => {
    const profile = uicc(({ pkcs15 }) => Object.assign(pkcs15['6431']!, { size: 64 }));
    const error = await refusal(profile);
    expect(error.code).toBe('CARD_FILE_TOO_SMALL');
    expect(error.message).toBe('3F00/7F50/6431 has room for 64 octets, the document has 100: 36 too many');
    expect(error.details).toMatchObject({ missing: 36 });
  });

  test('no ADM: which key', async () => {
    const error = await refusal('uicc', { keys: {} });
    expect(error.code).toBe('SECURITY_ACCESS_DENIED');
    expect(error.message).toContain(
      'UPDATE of 3F00/7F50/6431 needs ADM1 (key 0A); ADM1 (key 0A) was not given',
    );
  });

  test('a wrong ADM', async () => {
    const error = await refusal('uicc', { keys: { adm: PIN } });
    expect(error.code).toBe('SECURITY_PIN_WRONG');
  });

  test('a rule that says never', async () => {
    const error = await refusal(uicc(({ pkcs15 }) => Object.assign(pkcs15['6431']!, { rule: 'fixed' })));
    expect(error.code).toBe('SECURITY_ACCESS_DENIED');
    expect(error.message).toContain('UPDATE of 3F00/7F50/6431 is not possible: the access rule says never');
  });

  test('a private file that could not be read back', async () => {
    const error = await refusal(privateProfile('uicc'));
    expect(error.message).toContain('READ of 3F00/7F50/6431 needs PIN1 (key 01)');
  });

  test('a 2G card that does not tell its ADM tries, without consent', async () => {
    const error = await refusal('sim', { keys: { adm: KEYS.adm } }, '2g');
    expect(error.code).toBe('SECURITY_TRIES_UNKNOWN');
  });

  test('a full EF(DIR), and a record that is too short', async () => {
    const other = '61184F10A0000000871002FF49FF0189000001005004 5553494D'.replace(' ', '');
    const full = uicc(({ mf }) => {
      mf['2F00']!.records = [other, other, other, other];
    });
    expect(await refusal(full)).toMatchObject({
      code: 'CARD_DIRECTORY_FULL',
      message: 'EF(DIR) 3F00/2F00 has 4 records, none of them free',
    });
    const short = uicc(({ mf }) => {
      mf['2F00']!.records = [other];
      mf['2F00']!.recordLength = 28;
    });
    expect(await refusal(short)).toMatchObject({ code: 'CARD_DIRECTORY_FULL', details: { missing: 3 } });
  });

  test('a full EF(ODF), a full EF(DODF)', async () => {
    const odf = uicc(({ pkcs15 }) => {
      pkcs15['5031']!.hex = 'A20A300804063F007F506460';
      pkcs15['5031']!.size = 16;
    });
    expect(await refusal(odf)).toMatchObject({ code: 'CARD_DIRECTORY_FULL', details: { missing: 4 } });
    const dodf = uicc(({ pkcs15 }) => Object.assign(pkcs15['6420']!, { size: 32 }));
    expect(await refusal(dodf)).toMatchObject({ code: 'CARD_DIRECTORY_FULL', details: { missing: 5 } });
  });

  test('directories that break off are not written', async () => {
    const profile = uicc(({ pkcs15 }) => Object.assign(pkcs15['6420']!, { hex: '307F0102' }));
    expect(await refusal(profile)).toMatchObject({
      code: 'CARD_DIRECTORY_MALFORMED',
      message: 'EF(DODF) 3F00/7F50/6420 breaks off at octet 0',
    });
  });

  test('files of another structure, deactivated, missing', async () => {
    const records = uicc(({ pkcs15 }) => {
      pkcs15['6431'] = { ...pkcs15['6431']!, structure: 'linear', recordLength: 32, recordCount: 8 };
      delete pkcs15['6431'].size;
    });
    expect(await refusal(records)).toMatchObject({ code: 'CARD_FILE_STRUCTURE' });
    const deactivated = uicc(({ pkcs15 }) => Object.assign(pkcs15['6431']!, { state: 'deactivated' }));
    expect(await refusal(deactivated)).toMatchObject({ code: 'CARD_FILE_DEACTIVATED' });
    const missing = uicc(({ pkcs15 }) => void delete pkcs15['6431']);
    const error = await refusal(missing);
    expect(error.code).toBe('CARD_FILE_NOT_FOUND');
    expect(error.message).toBe('EF(DM_Bootstrap) 3F00/7F50/6431 is not on the card');
    expect(error.next).toContain('create-files');
  });

  test('a card without the application', async () => {
    const error = await refusal(
      uicc(({ mf }) => {
        delete mf['7F50'];
        mf['2F00']!.records = [];
      }),
    );
    expect(error.code).toBe('CARD_NO_PKCS15');
    expect(error.next).toContain('create-files');
  });

  test('paths that lead back', async () => {
    const toItself = uicc(({ pkcs15 }) => {
      pkcs15['6420']!.hex = '302330110C0C444D20426F6F74737472617003010030060604672B0701A106300404026420';
    });
    expect(await refusal(toItself)).toMatchObject({ code: 'CARD_PATH_LOOP' });
    const odfToItself = uicc(({ pkcs15 }) => Object.assign(pkcs15['5031']!, { hex: 'A706300404025031' }));
    expect(await refusal(odfToItself)).toMatchObject({ code: 'CARD_PATH_LOOP' });
    const toMf = uicc(({ pkcs15 }) => Object.assign(pkcs15['5031']!, { hex: 'A706300404023F00' }));
    expect(await refusal(toMf)).toMatchObject({ code: 'CARD_PATH_LOOP' });
    expect(await refusal('uicc', { file: 0x5031 })).toMatchObject({ code: 'CARD_PATH_LOOP' });
  });

  test('a document that no device could read', async () => {
    expect(await refusal('uicc', { document: new Uint8Array(0) })).toMatchObject({ code: 'USAGE_ARGUMENT' });
    expect(await refusal('uicc', { document: Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x5d) })).toMatchObject({
      code: 'DATA_UTF8',
    });
    expect(await refusal('uicc', { document: Uint8Array.of(0x5b, 0xff, 0x5d) })).toMatchObject({
      code: 'DATA_UTF8',
    });
  });

  test('the file of another object', async () => {
    const lwm2m = '301930070C054C574D324D30060604672B0901A106300404026431';
    const profile = uicc(({ pkcs15 }) => Object.assign(pkcs15['6420']!, { hex: lwm2m }));
    const error = await refusal(profile);
    expect(error).toMatchObject({
      code: 'CARD_PATH_LOOP',
      message: '3F00/7F50/6431 belongs to another object ("LWM2M")',
    });
  });

  test('another file than the entry on the card names', async () => {
    const { card, emulator } = await insert('uicc', '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    const again = await reinsert(emulator, '3g');
    await expect(
      planWrite(again.card, { document: DOCUMENT, keys: KEYS, file: 0x6432 }),
    ).rejects.toMatchObject({
      code: 'CARD_BOOTSTRAP_ELSEWHERE',
    });
  });
});

describe('the plan', () => {
  test('says what it costs, and costs that', async () => {
    for (const [profile, mode] of [
      ['uicc', '3g'],
      ['uicc-t0', '3g'],
      ['uicc', '2g'],
      ['sim', '2g'],
    ] as const) {
      const { card, channel } = await insert(profile, mode);
      const plan = await planWrite(card, { document: documentOf(700), keys: KEYS });
      const { exchanges, octets } = plan.summary;
      channel.take();
      await writeBootstrap(plan);
      const log = channel.take().filter(({ command }) => command[1] !== 0xc0);
      expect(log).toHaveLength(exchanges.total);
      const updates = log.filter(({ command }) => command[1] === 0xd6);
      expect(updates).toHaveLength(exchanges.update);
      expect(updates.reduce((sum, { command }) => sum + command[4]!, 0)).toBe(octets.written);
      const reads = log.filter(({ command }) => command[1] === 0xb0);
      expect(reads.reduce((sum, { response }) => sum + response.length - 2, 0)).toBe(octets.read);
    }
  });

  test('is carried out once', async () => {
    const { card } = await insert('uicc', '3g');
    const plan = await planWrite(card, { document: DOCUMENT, keys: KEYS });
    await writeBootstrap(plan);
    await expect(writeBootstrap(plan)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    const other = await planWrite(card, { document: DOCUMENT, keys: KEYS });
    await other.close();
    await expect(writeBootstrap(other)).rejects.toThrow('used up');
  });

  test('writes nothing where the card holds everything already', async () => {
    const { card, channel } = await insert('uicc', '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    channel.take();
    const plan = await planWrite(card, { document: DOCUMENT });
    expect(plan.summary).toMatchObject({ before: 'same', updates: [], keys: [] });
    const result = await writeBootstrap(plan);
    expect(result).toMatchObject({ updates: 0, verified: true, differences: [] });
    expect(channel.take().filter(({ command }) => [0xd6, 0xdc, 0x20].includes(command[1]!))).toEqual([]);
  });

  test('shows the octets that are no secret', async () => {
    const { card } = await insert('uicc', '3g');
    const { summary } = await planWrite(card, { document: DOCUMENT, keys: KEYS });
    expect(summary.updates.map(({ file, offset, secret }) => [file, offset, secret])).toEqual([
      ['EF(DM_Bootstrap) 3F00/7F50/6431', 1, true],
      ['EF(DM_Bootstrap) 3F00/7F50/6431', 0, true],
      ['EF(DODF) 3F00/7F50/6420', 1, false],
      ['EF(DODF) 3F00/7F50/6420', 0, false],
    ]);
    expect(toHex(summary.updates[2]!.data)).toBe(
      '2330110c0c444d20426f6f74737472617003010030060604672b0701a106300404026431',
    );
  });
});

describe('what a write makes of the card', () => {
  test('entries of others keep their octets', async () => {
    const other = '301A30080C064F4D4120435030060604672B0501A106300404026432';
    const profile = uicc(({ mf, pkcs15 }) => {
      pkcs15['6420']!.hex = other;
      pkcs15['5031']!.hex = 'A2063004040264A1A706300404026420';
      mf['2F00']!.records = [(mf['2F00']!.records as string[])[0]!];
    });
    const { card, emulator } = await insert(profile, '3g');
    const dir = emulator.file('3F00/2F00')!.content.slice(0, 38);
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS, label: 'Ours' }));
    expect(toHex(emulator.file('3F00/7F50/6420')!.content)).toMatch(
      new RegExp(`^${other}301b30090c044f75727303010030060604672b0701a106300404026431ff+$`, 'i'),
    );
    expect(toHex(emulator.file('3F00/7F50/5031')!.content)).toMatch(/^a2063004040264a1a706300404026420ff+$/);
    const after = emulator.file('3F00/2F00')!.content;
    expect(after.slice(0, 38)).toEqual(dir);
    expect(toHex(after.slice(38, 76))).toBe(
      '611d4f0ca000000063504b43532d31355007504b435323313551043f007f50ffffffffffffff',
    );
    expect((await readBootstrap(card)).document).toEqual(DOCUMENT);
  });

  test('private exactly when READ needs a PIN, with its PIN object (G.4.2)', async () => {
    for (const mode of ['3g', '2g'] as const) {
      const { card, emulator } = await insert(privateProfile('uicc'), mode);
      const result = await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS_PIN }));
      expect(result.differences).toEqual([]);
      // Flags 03 02 07 80, authId 04 01 01; EF(ODF) names the EF(AODF); PIN reference 01, filled up with FF.
      expect(toHex(emulator.file('3F00/7F50/6420')!.content)).toContain('0302078004010130060604672b0701');
      expect(toHex(emulator.file('3F00/7F50/5031')!.content)).toContain('a806300404026440');
      expect(toHex(emulator.file('3F00/7F50/6440')!.content)).toMatch(
        /^302a30090c0350494e030207803003040101a11830160302020c0a01010201040201080201088001010401ff/,
      );
      const again = await reinsert(emulator, mode);
      await expect(readBootstrap(again.card)).rejects.toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
      expect((await readBootstrap(again.card, { pin: PIN })).document).toEqual(DOCUMENT);
    }
  });

  test('an EF(DIR) record without a path gets one (G.1)', async () => {
    const profile = uicc(({ mf }) => {
      const [usim] = mf['2F00']!.records as string[];
      mf['2F00']!.records = [usim!, '61174F0CA000000063504B43532D31355007504B4353233135'];
    });
    const { card, emulator } = await insert(profile, '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    expect(toHex(emulator.file('3F00/2F00')!.content.slice(38, 76))).toBe(
      '611d4f0ca000000063504b43532d31355007504b435323313551043f007f50ffffffffffffff',
    );
    const in2g = await reinsert(emulator, '2g');
    expect((await readBootstrap(in2g.card)).document).toEqual(DOCUMENT);
  });

  test('a blank EF(TokenInfo) gets the ICCID as serial number', async () => {
    const profile = uicc(({ pkcs15 }) => void delete pkcs15['5032']!.hex);
    const { card, emulator } = await insert(profile, '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    expect(toHex(emulator.file('3F00/7F50/5032')!.content)).toMatch(
      /^3020020100040a8988211000000001001f800c444d20426f6f747374726170030100ff+$/,
    );
  });

  test('absolute paths where asked for; 6430 where the card has it', async () => {
    const profile = uicc(({ pkcs15 }) => {
      pkcs15['6430'] = pkcs15['6431']!;
      delete pkcs15['6431'];
      delete pkcs15['5031']!.hex;
    });
    const { card, emulator } = await insert(profile, '3g');
    await writeBootstrap(
      await planWrite(card, { document: DOCUMENT, keys: KEYS, file: 0x6430, pathStyle: 'absolute' }),
    );
    expect(toHex(emulator.file('3F00/7F50/5031')!.content)).toMatch(/^a70a300804063f007f506420ff+$/);
    expect(toHex(emulator.file('3F00/7F50/6420')!.content)).toContain('a10a300804063f007f506430');
    for (const mode of ['3g', '2g'] as const) {
      const { card: again } = await reinsert(emulator, mode);
      expect((await readBootstrap(again)).document).toEqual(DOCUMENT);
    }
  });

  test('a part of a file: index and length are honoured, octets outside stay', async () => {
    const profile = uicc(({ pkcs15 }) => {
      pkcs15['6431']!.size = 256;
      pkcs15['6431']!.hex = 'EE'.repeat(16);
      pkcs15['6420']!.hex =
        '302A30110C0C444D20426F6F74737472617003010030060604672B0701A10D300B0402643102011080020080';
    });
    const { card, emulator } = await insert(profile, '3g');
    const result = await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    expect(result.differences).toEqual([]);
    const content = emulator.file('3F00/7F50/6431')!.content;
    expect(toHex(content.slice(0, 16))).toBe('ee'.repeat(16));
    expect(content.slice(16, 116)).toEqual(DOCUMENT);
    await expect(planWrite(card, { document: documentOf(129), keys: KEYS })).rejects.toMatchObject({
      code: 'CARD_FILE_TOO_SMALL',
      details: { missing: 1 },
    });
  });
});
