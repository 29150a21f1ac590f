/** Paths and walks (TS 102 221 §8.4, §8.6; TS 51.011 §6.5), names in messages. */
import fc from 'fast-check';
import { describeLocation, fileName, formatPath, keyName, locate, openCard } from '../../src/card/index.js';
import { errorOf, PKCS15, PKCS15_NO_PATH, sim, uicc } from './support.js';
import { treeCard2g } from './tree-card-2g.js';

test('a path of a directory file becomes a location', () => {
  expect(locate(PKCS15, [0x6431])).toEqual({ application: PKCS15, relative: [0x6431] });
  expect(locate(PKCS15, [0x7fff, 0x6431])).toEqual({ application: PKCS15, relative: [0x6431] });
  expect(locate(PKCS15, [0x3f00, 0x7f50, 0x6431])).toEqual({
    application: PKCS15,
    path: [0x3f00, 0x7f50, 0x6431],
  });
});

test('files in words', () => {
  expect(describeLocation({ path: [0x3f00] })).toBe('MF (3F00)');
  expect(describeLocation({ path: [0x3f00, 0x7f50, 0x6431] })).toBe('EF 6431 (3F00/7F50/6431)');
  expect(describeLocation({ path: [0x3f00, 0x2f00] })).toBe('EF(DIR) 2F00 (3F00/2F00)');
  expect(describeLocation({ path: [0x3f00, 0x7f50] })).toBe('DF(PKCS#15) 7F50 (3F00/7F50)');
  expect(describeLocation({ application: PKCS15, relative: [0x5031] })).toBe(
    'EF(ODF) 5031 (A000000063504B43532D3135/5031)',
  );
  expect(describeLocation({ application: PKCS15, relative: [] })).toBe(
    'application A000000063504B43532D3135',
  );
  expect(describeLocation({ path: [0x3f00, 0x7f55, 0x5f01] })).toBe('DF 5F01 (3F00/7F55/5F01)');
  expect(formatPath([])).toBe('(empty)');
  // 6F07 is EF(IMSI) under DF(GSM), and another file elsewhere.
  expect(fileName([0x3f00, 0x7f20, 0x6f07])).toBe('EF(IMSI) 6F07');
  expect(fileName([0x3f00, 0x7f10, 0x6f07])).toBeUndefined();
  expect(fileName([])).toBeUndefined();
  expect(keyName(0x0e)).toBe('ADM5 (key 0E)');
  expect(keyName(0x77)).toBe('key (key 77)');
});

test.each<[string, readonly number[]]>([
  ['no MF', [0x7f50, 0x6431]],
  ['empty', []],
  ['the MF twice', [0x3f00, 0x3f00]],
  ['a circle', [0x3f00, 0x7f50, 0x7f10, 0x7f50]],
  ['7FFF inside', [0x3f00, 0x7fff, 0x6431]],
  ['nine levels', [0x3f00, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['not an identifier', [0x3f00, 0x10000]],
  ['not a number', [0x3f00, Number.NaN]],
])('a path that cannot be: %s', async (_name, path) => {
  await sim([], async (card) => {
    expect(await errorOf(card.select({ path }))).toMatchObject({ code: 'DATA_PATH', kind: 'data' });
  });
  await uicc([], async (card) => {
    expect(await errorOf(card.readBinary({ path }))).toMatchObject({ code: 'DATA_PATH' });
    expect(await errorOf(card.select({ application: PKCS15, relative: [0x3f00] }))).toMatchObject({
      code: 'DATA_PATH',
    });
  });
});

test('a wrong path of the application matters in 2G mode alone', async () => {
  const application = { ...PKCS15_NO_PATH, path: [0x7f50] };
  await sim([], async (card) => {
    expect(await errorOf(card.select({ application, relative: [0x5031] }))).toMatchObject({
      code: 'DATA_PATH',
    });
    expect(await errorOf(card.selectApplication(PKCS15_NO_PATH))).toMatchObject({
      code: 'CARD_APPLICATION_UNREACHABLE',
    });
  });
});

test('2G: what 3G mode alone has', async () => {
  await sim([], async (card) => {
    const file = { path: [0x3f00, 0x6431] };
    const security = { form: '2g', bytes: new Uint8Array(3) } as const;
    const spec = { kind: 'ef', fid: 1, structure: 'transparent', size: 1, security } as const;
    for (const attempt of [
      card.createFile({ path: [0x3f00] }, spec),
      card.resizeFile(file, 1),
      card.deleteFile(file),
      card.openLogicalChannel(),
    ]) {
      expect(await errorOf(attempt)).toMatchObject({ code: 'CARD_MODE' });
    }
    await card.close();
  });
});

test('2G: an answer that is none, and a file that is not there', async () => {
  await sim(
    [
      ['A0A40000 02 6431', '9F02'],
      ['A0C0000002', '0000 9000'],
      ['A0A40000 02 7F50', '9404'],
    ],
    async (card) => {
      const answer = await errorOf(card.select({ path: [0x3f00, 0x6431] }));
      expect(answer).toMatchObject({ code: 'CARD_RESPONSE' });
      expect(answer.message).toMatch(/SELECT EF 6431 \(3F00\/6431\)/);
      const absent = await errorOf(card.select({ path: [0x3f00, 0x7f50, 0x5031] }));
      expect(absent).toMatchObject({
        code: 'CARD_FILE_NOT_FOUND',
        details: { sw: '9404', path: '3F00/7F50' },
      });
    },
  );
});

/** A tree of three levels; every directory has an EF. */
const TREE = [
  [0x3f00],
  [0x3f00, 0x2f00],
  ...[0x7f10, 0x7f20].flatMap((df) => [
    [0x3f00, df],
    [0x3f00, df, df - 0x7f00 + 0x6f00],
    ...[0x5f30, 0x5f40].flatMap((sub) => {
      const fid = sub + (df & 0xff);
      return [
        [0x3f00, df, fid],
        [0x3f00, df, fid, 0x4f00 + (fid & 0xff)],
      ];
    }),
  ]),
];

test('2G: every walk obeys the selection rules of §6.5 and ends at the file asked for', async () => {
  const walks = fc.array(fc.constantFrom(...TREE), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(walks, async (paths) => {
      const model = treeCard2g(TREE);
      const card = await openCard(model.channel, { mode: '2g' });
      for (const path of paths) {
        const before = model.selects();
        const info = await card.select({ path });
        expect(info.fid).toBe(path.at(-1));
        expect(model.current()).toContainEqual(path);
        // Never more than a fresh walk from the MF.
        expect(model.selects() - before).toBeLessThanOrEqual(path.length);
      }
    }),
    { numRuns: 300 },
  );
});
