/** Foreign, damaged and half-written cards: partial results and findings, never a crash. */
import {
  createFiles,
  eraseBootstrap,
  inspectCard,
  locateBootstrap,
  planErase,
  planWrite,
  readBootstrap,
  readCardInfo,
  verifyBootstrap,
  writeBootstrap,
} from '../../src/bootstrap/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
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
} from './support.js';

const DOCUMENT = documentOf(60);
const ENTRY = '302330110C0C444D20426F6F74737472617003010030060604672B0701A106300404026431';
const uicc = (edit: Parameters<typeof profileWith>[1]) => profileWith('uicc', edit);
const withDodf = (hex: string) =>
  uicc(({ pkcs15 }) => {
    pkcs15['6420']!.hex = hex;
    pkcs15['6431']!.hex = toHex(DOCUMENT);
  });

async function codes(profile: Profile | string, mode: Mode = '3g', keys = {}): Promise<string[]> {
  const { card } = await insert(profile, mode);
  const report = await inspectCard(card, { keys });
  return report.findings.map(({ code }) => code);
}

describe('findings on foreign cards', () => {
  test('none on a card as it should be, but that the document is no bootstrap', async () => {
    const found = await codes(withDodf(ENTRY));
    expect(found.filter((code) => !code.startsWith('DMMO') && !code.startsWith('DATA'))).toEqual([]);
  });

  test.each([
    [
      'oidDO, its OID tagged twice',
      withDodf('A1243000300E0C0C444D20426F6F747374726170A110300E06060604672B0701300404026431'),
      'label-missing',
    ],
    [
      'private without authId',
      withDodf('302430120C0C444D20426F6F7473747261700302078030060604672B0701A106300404026431'),
      'private-without-authid',
    ],
    [
      'private, but READ always',
      withDodf('302430120C0C444D20426F6F7473747261700302078030060604672B0701A106300404026431'),
      'flags-contradict-rule',
    ],
    [
      'modifiable',
      withDodf('302430120C0C444D20426F6F7473747261700302064030060604672B0701A106300404026431'),
      'modifiable',
    ],
    [
      'a loop',
      withDodf('302330110C0C444D20426F6F74737472617003010030060604672B0701A106300404025031'),
      'path-loop',
    ],
    ['another bootstrap behind', withDodf(`${ENTRY}${ENTRY}`), 'bootstrap-again'],
    ['no TokenInfo', uicc(({ pkcs15 }) => void delete pkcs15['5032']), 'token-info-missing'],
    ['no object', 'uicc', 'no-bootstrap'],
    ['no DODF', uicc(({ pkcs15 }) => void delete pkcs15['5031']!.hex), 'no-dodf'],
    ['no application', uicc(({ mf }) => Object.assign(mf['2F00']!, { records: [] })), 'no-pkcs15'],
    ['EF(DIR) missing', uicc(({ mf }) => void delete mf['2F00']), 'file-not-found'],
    [
      'EF(ODF) user-modifiable',
      uicc(({ pkcs15 }) => Object.assign(pkcs15['5031']!, { rule: 'subscriber' })),
      'user-modifiable',
    ],
    [
      'EF(DIR) transparent',
      uicc(({ mf }) => {
        mf['2F00'] = {
          name: 'EF_DIR',
          rule: 'public',
          size: 64,
          fill: 0xff,
          state: 'activated',
          hex: '611D4F0CA000000063504B43532D31355007504B435323313551043F007F50',
        };
      }),
      'dir-not-records',
    ],
    ['a DODF that breaks off', withDodf(`${ENTRY}30FF01`), 'framing'],
    [
      'a deactivated file',
      uicc(({ pkcs15 }) => Object.assign(pkcs15['5031']!, { state: 'deactivated' })),
      'file-deactivated',
    ],
    [
      'readable with an ADM only',
      uicc(({ pkcs15, data }) => {
        (data.rules as Record<string, object>).secret = { read: 'ADM1', update: 'ADM1' };
        Object.assign(pkcs15['6431']!, { rule: 'secret', hex: toHex(DOCUMENT) });
        pkcs15['6420']!.hex = ENTRY;
      }),
      'not-readable',
    ],
  ])('%s', async (_what, profile, code) => {
    expect(await codes(profile)).toContain(code);
  });

  test('a PIN that no EF(AODF) names is a finding, with what to do; not where the AODF names it', async () => {
    const { card } = await insert('uicc-foreign-noauthid', '3g');
    const { findings, obstacle } = await inspectCard(card, { keys: { pin: PIN } });
    const finding = findings.find(({ code }) => code === 'no-aodf');
    expect(finding).toMatchObject({ severity: 'warning', where: 'EF(ODF) 3F00/7F50/5031' });
    expect(finding?.message).toContain('--aodf-size');
    expect(obstacle).toBeUndefined();
    expect(await codes('uicc-locked', '3g', { pin: PIN })).not.toContain('no-aodf');
  });

  test('only the application of PKCS#15 needs a path, and its lack is told once', async () => {
    const { card } = await insert('uicc-foreign-dirbinary', '3g');
    const { findings } = await inspectCard(card);
    expect(findings.filter(({ code }) => code.startsWith('dir-'))).toMatchObject([
      { code: 'dir-not-records' },
    ]);
    const nopath = await codes('uicc-foreign-nopath');
    expect(nopath.filter((code) => code.startsWith('dir-'))).toEqual(['dir-path-missing']);
  });

  test('6430 is customary for LwM2M', async () => {
    const profile = uicc(({ pkcs15 }) => {
      pkcs15['6430'] = { ...pkcs15['6431']!, hex: toHex(DOCUMENT) };
      pkcs15['6420']!.hex = ENTRY.replace(/6431$/, '6430');
    });
    expect(await codes(profile)).toContain('lwm2m-identifier');
  });

  test('a record without a path: a finding in 3G, the end of the way in 2G', async () => {
    const profile = uicc(({ mf, pkcs15 }) => {
      mf['2F00']!.records = ['61174F0CA000000063504B43532D31355007504B4353233135'];
      pkcs15['6420']!.hex = ENTRY;
      pkcs15['6431']!.hex = toHex(DOCUMENT);
    });
    const { card, emulator } = await insert(profile, '3g');
    const report = await inspectCard(card);
    expect(report.bootstrap).toMatchObject({ state: 'document', used: 60, size: 2048 });
    expect(report.findings.map(({ code }) => code)).toContain('dir-path-missing');
    const in2g = await reinsert(emulator, '2g');
    await expect(locateBootstrap(in2g.card)).rejects.toMatchObject({ code: 'CARD_NO_PKCS15' });
  });

  test('absolute paths in a record without a path', async () => {
    const profile = uicc(({ mf, pkcs15 }) => {
      mf['2F00']!.records = ['61174F0CA000000063504B43532D31355007504B4353233135'];
      pkcs15['6420']!.hex =
        '302730110C0C444D20426F6F74737472617003010030060604672B0701A10A300804063F007F506431';
      pkcs15['6431']!.hex = toHex(DOCUMENT);
    });
    const { card } = await insert(profile, '3g');
    expect((await readBootstrap(card)).document).toEqual(DOCUMENT);
  });

  test('a second DODF after one that is missing', async () => {
    const profile = uicc(({ pkcs15 }) => {
      pkcs15['5031']!.hex = 'A7063004040264A1A706300404026420';
      pkcs15['6420']!.hex = ENTRY;
      pkcs15['6431']!.hex = toHex(DOCUMENT);
    });
    const { card } = await insert(profile, '3g');
    const report = await inspectCard(card);
    expect(report.bootstrap).toMatchObject({ state: 'document' });
    expect(report.findings.map(({ code }) => code)).toContain('file-not-found');
    expect((await readBootstrap(card)).document).toEqual(DOCUMENT);
  });
});

test.each([
  ['00 behind the document', '00', 'document', 'padding'],
  ['a half-written file', 'half', 'interrupted', 'interrupted'],
  ['all 00', 'zeros', 'blank', 'padding'],
])('%s', async (_what, kind, state, code) => {
  const size = 128;
  const text = toHex(DOCUMENT);
  const hex = { '00': text.padEnd(size * 2, '0'), half: `ff${text.slice(2)}`, zeros: '00'.repeat(size) }[
    kind
  ]!;
  const profile = uicc(({ pkcs15 }) => {
    pkcs15['6420']!.hex = ENTRY;
    Object.assign(pkcs15['6431']!, { size, hex });
  });
  const { card } = await insert(profile, '3g');
  const report = await inspectCard(card);
  expect(report.bootstrap?.state).toBe(state);
  expect(report.findings.map((finding) => finding.code)).toContain(code);
  expect((await readBootstrap(card)).document).toEqual(state === 'document' ? DOCUMENT : new Uint8Array(0));
});

describe('what inspect shows', () => {
  test('secrets as a length; the octets only if revealed', async () => {
    const text =
      '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{"Auth":{"Trsp":{"Secret":"c2VjcmV0IQ=="}}}}]';
    const profile = uicc(({ pkcs15 }) => {
      pkcs15['6420']!.hex = ENTRY;
      pkcs15['6431']!.text = text;
    });
    const { card } = await insert(profile, '3g');
    const hidden = JSON.stringify(await inspectCard(card));
    expect(hidden).not.toContain('c2VjcmV0IQ');
    expect(hidden).not.toContain('secret!');
    const report = await inspectCard(card, { reveal: true });
    expect(new TextDecoder().decode(report.bootstrap?.bytes)).toBe(text);
  });

  test('which key a private card needs; all of it with the PIN', async () => {
    for (const mode of ['3g', '2g'] as const) {
      const { card, emulator } = await insert(privateProfile('uicc'), mode);
      await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS_PIN }));
      const fresh = await reinsert(emulator, mode);
      const without = await inspectCard(fresh.card);
      expect(without.bootstrap).toMatchObject({ state: 'unreadable', size: 2048 });
      expect(without.findings.map(({ message }) => message).join()).toContain('PIN1 (key 01) was not given');
      const report = await inspectCard(fresh.card, { keys: { pin: PIN } });
      expect(report.bootstrap).toMatchObject({ state: 'document', used: 60 });
    }
  });

  test('a refused PIN is presented once and ends the inspection', async () => {
    const { card, emulator } = await insert(privateProfile('uicc'), '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS_PIN }));
    const fresh = await reinsert(emulator, '3g');
    const wrong = Uint8Array.of(0x39, 0x39, 0x39, 0x39, 0xff, 0xff, 0xff, 0xff);
    await expect(inspectCard(fresh.card, { keys: { pin: wrong } })).rejects.toMatchObject({
      code: 'SECURITY_PIN_WRONG',
    });
    expect(emulator.pin('PIN1')!.tries).toBe(2);
  });

  test('no octet of a damaged card makes it fail', async () => {
    const good = { '5031': 'A706300404026420', '6420': ENTRY, '5032': '300A02010004010103020780' };
    const profile = uicc(({ pkcs15 }) => {
      for (const [fid, hex] of Object.entries(good)) Object.assign(pkcs15[fid]!, { hex });
      pkcs15['6431']!.size = 64;
    });
    const { emulator } = await insert(profile, '3g');
    const image = emulator.snapshot();
    for (const [fid, hex] of Object.entries(good)) {
      for (let at = 0; at < hex.length / 2; at++) {
        for (const value of [0x00, 0xff, fromHex(hex)[at]! ^ 0x01]) {
          emulator.restore(image);
          const { card, channel } = await reinsert(emulator, '3g');
          await channel.transmit(fromHex('0020000A083132333435363738'));
          await channel.transmit(fromHex(`00A40804047F50${fid}00`));
          await channel.transmit(Uint8Array.of(0x00, 0xd6, 0x00, at, 0x01, value));
          const again = await reinsert(emulator, '3g');
          const report = await inspectCard(again.card);
          expect(report.mode).toBe('3g');
          try {
            await writeBootstrap(await planWrite(again.card, { document: DOCUMENT, keys: KEYS }));
            expect((await readBootstrap(again.card)).document).toEqual(DOCUMENT);
          } catch (error) {
            expect(error).toBeInstanceOf(SimbootError);
          }
          expect(card.mode).toBe('3g');
        }
      }
    }
  }, 30_000);
});

describe('verify', () => {
  test('every difference with its place', async () => {
    const { card } = await insert('uicc', '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS, label: 'Mine' }));
    expect(
      (await verifyBootstrap(card, { document: DOCUMENT, label: 'Mine', file: 0x6431 })).differences,
    ).toEqual([]);
    const wanted = DOCUMENT.slice();
    wanted[7] = 0x7a;
    const { differences } = await verifyBootstrap(card, { document: wanted, label: 'Yours', file: 0x6432 });
    expect(differences.map(({ what, where, offset, octets }) => [what, where, offset, octets])).toEqual([
      ['document', 'EF(DM_Bootstrap) 3F00/7F50/6431', 7, 1],
      ['label', 'EF(DODF) 3F00/7F50/6420 octet 0', undefined, undefined],
      ['file', 'EF(DODF) 3F00/7F50/6420 octet 0', undefined, undefined],
    ]);
    const longer = await verifyBootstrap(card, { document: documentOf(59) });
    expect(longer.differences.map(({ what, offset }) => [what, offset])).toContainEqual(['tail', 59]);
    expect(JSON.stringify(differences)).not.toContain('aaaa');
  });

  test('flags against the access rule, modifiable, authId, the path in EF(DIR)', async () => {
    const profile = uicc(({ mf, pkcs15 }) => {
      mf['2F00']!.records = ['61174F0CA000000063504B43532D31355007504B4353233135'];
      pkcs15['6420']!.hex = '302430120C0C444D20426F6F747374726170030206C030060604672B0701A106300404026431';
      pkcs15['6431']!.hex = toHex(DOCUMENT);
    });
    const { card } = await insert(profile, '3g');
    const { differences } = await verifyBootstrap(card, { document: DOCUMENT });
    expect(differences.map(({ what }) => what)).toEqual(['dir-path', 'private', 'modifiable', 'auth-id']);
  });

  test('a card without a bootstrap differs', async () => {
    const { card } = await insert('uicc', '3g');
    const { differences } = await verifyBootstrap(card, { document: DOCUMENT });
    expect(differences).toMatchObject([{ what: 'object' }]);
  });

  test('a flipped bit on the way back is found by verify-after-write', async () => {
    const { card, emulator } = await insert('uicc', '3g');
    const plan = await planWrite(card, { document: DOCUMENT, keys: KEYS });
    // ADM (2), DM_Bootstrap (selected): 2 UPDATEs, then the first READ.
    emulator.faults.flipBitAt(5, 77);
    const result = await writeBootstrap(plan);
    expect(result.verified).toBe(false);
    expect(result.differences).toMatchObject([{ what: 'document', offset: 9, octets: 1 }]);
  });
});

describe('erase', () => {
  test('every octet FF; entries stay, or go where that is safe', async () => {
    const { card, emulator } = await insert('uicc', '3g');
    await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    const result = await eraseBootstrap(await planErase(card, { keys: KEYS }));
    expect(result).toMatchObject({ verified: true, updates: 2 });
    expect(emulator.file('3F00/7F50/6431')!.content.every((octet) => octet === 0xff)).toBe(true);
    expect(await readBootstrap(card)).toMatchObject({ state: 'blank' });
    await eraseBootstrap(await planErase(card, { keys: KEYS, removeEntries: true }));
    expect(emulator.file('3F00/7F50/6420')!.content.every((octet) => octet === 0xff)).toBe(true);
    expect(emulator.file('3F00/7F50/5031')!.content.every((octet) => octet === 0xff)).toBe(true);
    await expect(locateBootstrap(card)).rejects.toMatchObject({ code: 'CARD_NO_DODF' });
  });

  test('an entry that others follow stays', async () => {
    const other = '301A30080C064F4D4120435030060604672B0501A106300404026432';
    const { card, emulator } = await insert(withDodf(`${ENTRY}${other}`), '3g');
    const result = await eraseBootstrap(await planErase(card, { keys: KEYS, removeEntries: true }));
    expect(result.findings.map(({ code }) => code)).toContain('entry-kept');
    expect(toHex(emulator.file('3F00/7F50/6420')!.content)).toMatch(new RegExp(`^${ENTRY}${other}`, 'i'));
  });

  test('what is not there cannot be erased; what is protected needs its key', async () => {
    const { card } = await insert('uicc', '3g');
    await expect(planErase(card, { keys: KEYS })).rejects.toMatchObject({ code: 'CARD_NO_BOOTSTRAP' });
    const { card: full } = await insert(withDodf(ENTRY), '3g');
    await expect(planErase(full)).rejects.toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
  });
});

describe('create files', () => {
  const bare = uicc(({ mf }) => {
    delete mf['7F50'];
    mf['2F00']!.records = [(mf['2F00']!.records as string[])[0]!];
  });
  const referenced = (record: number) =>
    ({ form: 'referenced', tag: 0x8b, bytes: Uint8Array.of(0x2f, 0x06, record) }) as const;

  test('a card without the application gets it, then a document', async () => {
    const { card, emulator } = await insert(bare, '3g');
    const info = await card.select({ path: [0x3f00, 0x2f00] });
    const publicRule = (info.security as { bytes: Uint8Array }).bytes[2]!;
    const mf = await card.select({ path: [0x3f00] });
    const directoryRule = (mf.security as { bytes: Uint8Array }).bytes[2]!;
    const request = {
      security: {
        directory: referenced(directoryRule),
        public: referenced(publicRule),
        bootstrap: referenced(publicRule),
      },
      keys: KEYS,
      sizes: { bootstrap: 512 },
    };
    const planned = await createFiles(card, { ...request, dryRun: true });
    expect(emulator.file('3F00/7F50')).toBeUndefined();
    const created = await createFiles(card, request);
    expect(created).toEqual(planned);
    expect(created).toEqual({
      created: ['3F00/7F50', '3F00/7F50/5031', '3F00/7F50/5032', '3F00/7F50/6420', '3F00/7F50/6431'],
      kept: [],
      dirRecord: 'added',
    });
    const result = await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: KEYS }));
    expect(result.differences).toEqual([]);
    const fresh = await reinsert(emulator, '2g');
    expect((await readBootstrap(fresh.card)).document).toEqual(DOCUMENT);
    const again = await createFiles((await reinsert(emulator, '3g')).card, request);
    expect(again).toMatchObject({ created: [], dirRecord: 'kept' });
  });

  test('not in 2G mode, not without the ADM, not with a full EF(DIR)', async () => {
    const security = { directory: referenced(1), public: referenced(1), bootstrap: referenced(1) };
    const { card: in2g } = await insert('sim', '2g');
    await expect(createFiles(in2g, { security })).rejects.toMatchObject({ code: 'CARD_MODE' });
    const { card, emulator } = await insert(bare, '3g');
    await expect(createFiles(card, { security })).rejects.toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
    expect(emulator.file('3F00/7F50')).toBeUndefined();
    const full = uicc(({ mf }) => {
      delete mf['7F50'];
      const [usim] = mf['2F00']!.records as string[];
      mf['2F00']!.records = [usim!, usim!, usim!, usim!];
    });
    const { card: noRoom } = await insert(full, '3g');
    await expect(createFiles(noRoom, { security, keys: KEYS })).rejects.toMatchObject({
      code: 'CARD_DIRECTORY_FULL',
    });
  });
});

test('card info: applications and tries, nothing presented', async () => {
  const { card, channel } = await insert('uicc', '3g');
  const info = await readCardInfo(card);
  expect(info.iccid).toBe('8988211000000001001');
  expect(info.applications.map(({ label }) => label)).toEqual(['USIM', 'PKCS#15']);
  expect(info.pins.find(({ key }) => key === 0x0a)).toMatchObject({ state: 'needed', tries: 10 });
  expect(info.findings).toEqual([]);
  expect(channel.log.filter(({ command }) => command[1] === 0x20 && command.length > 5)).toEqual([]);
});
