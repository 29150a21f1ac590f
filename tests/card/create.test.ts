/** CREATE FILE parameters, RESIZE and DELETE (TS 102 222 §6.3, §6.4, §6.10): octets by hand, every property both ways. */
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { CREATE_FCP, type FileSpec, type SecurityAttributes } from '../../src/card/index.js';
import { fuzz } from '../support/fuzz.js';
import { AID, errorOf, fcp, PKCS15, SELECT_AID, uicc } from './support.js';

const ARR: SecurityAttributes = { form: 'referenced', tag: 0x8b, bytes: fromHex('2F0601') };
const EF: FileSpec = { kind: 'ef', fid: 0x5031, structure: 'transparent', size: 32, security: ARR };

const octets = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const security: fc.Arbitrary<SecurityAttributes> = fc.oneof(
  octets(1, 8).map((bytes) => ({ form: 'referenced', tag: 0x8b, bytes }) as const),
  octets(1, 8).map((bytes) => ({ form: 'compact', tag: 0x8c, bytes }) as const),
  octets(1, 40).map((bytes) => ({ form: 'expanded', tag: 0xab, bytes }) as const),
);
const fid = fc.integer({ min: 1, max: 0xffff });
const specs: fc.Arbitrary<FileSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('df' as const),
    fid: fid.filter((n) => n !== 0x3f00),
    aid: octets(5, 16),
    security,
    totalSize: fid,
    pinTemplate: fc.constant(fromHex('9001C083010183010A')),
  }),
  fc.record({ kind: fc.constant('df' as const), fid, security, totalSize: fid }),
  fc.record({
    kind: fc.constant('ef' as const),
    fid,
    structure: fc.constant('transparent' as const),
    size: fid,
    sfi: fc.integer({ min: 1, max: 30 }),
    security,
  }),
  fc
    .tuple(fid, fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 254 }), security)
    .map(([id, recordLength, count, rule]) => ({
      kind: 'ef' as const,
      fid: id,
      structure: 'linear-fixed' as const,
      size: recordLength * count,
      recordLength,
      security: rule,
    })),
);

test('every file comes back as it was ordered', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      expect(CREATE_FCP.decode(CREATE_FCP.encode(spec))).toEqual(spec);
    }),
  );
});

test('a template of 128 octets and more gets a two-octet length', () => {
  const bytes = fromHex('AA'.repeat(130));
  const encoded = CREATE_FCP.encode({ ...EF, security: { form: 'expanded', tag: 0xab, bytes } });
  expect(toHex(encoded.subarray(0, 3))).toBe('628196');
  expect(encoded.length).toBe(3 + 0x96);
});

test.each<[string, FileSpec]>([
  ['size 0', { ...EF, size: 0 }],
  ['size 65536', { ...EF, size: 0x10000 }],
  ['SFI 31', { ...EF, sfi: 31 }],
  ['no rules', { ...EF, security: { form: 'none' } }],
  ['rules of a SIM', { ...EF, security: { form: '2g', bytes: fromHex('04FF44') } }],
  ['no record length', { ...EF, structure: 'linear-fixed' }],
  ['records that do not divide the size', { ...EF, structure: 'linear-fixed', recordLength: 7 }],
  ['255 records', { ...EF, structure: 'linear-fixed', recordLength: 1, size: 255 }],
  ['an AID of 4 octets', { kind: 'df', fid: 1, aid: fromHex('A0000000'), security: ARR, totalSize: 9 }],
])('refused before anything is sent: %s', (_name, spec) => {
  expect(() => CREATE_FCP.encode(spec)).toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }));
});

test('100,000 damaged templates: only typed errors', () => {
  fuzz(
    CREATE_FCP.decode,
    CREATE_FCP.examples.map(({ hex }) => fromHex(hex)),
  );
});

test('an ADF under the MF, then two EFs in it; a new DF is selected anew, a new EF leaves its directory current', async () => {
  await uicc(
    [
      [
        '00E00000 2F 622D8202782183027F50840CA000000063504B43532D31358A01058B032F060281021000C6099001C083010183010A',
        '9000',
      ],
      SELECT_AID,
      ['00E00000 18 621682024121830250318A01058B032F0601800200208800', '9000'],
      ['00E00000 18 621682024121830250328A01058B032F0601800200408800', '9000'],
      // The AID is not selected again: what its keys have opened stays open.
      ['00A40004 02 5031 00', `${fcp('5031', '0020')} 9000`],
    ],
    async (card) => {
      const adf: FileSpec = {
        kind: 'df',
        fid: 0x7f50,
        aid: fromHex(AID),
        security: { ...ARR, bytes: fromHex('2F0602') },
        totalSize: 0x1000,
        pinTemplate: fromHex('9001C083010183010A'),
      };
      await card.createFile({ path: [0x3f00] }, adf);
      const parent = { application: PKCS15, relative: [] };
      await card.createFile(parent, EF);
      await card.createFile(parent, { ...EF, fid: 0x5032, size: 64 });
      await card.select({ application: PKCS15, relative: [0x5031] });
    },
  );
});

test('RESIZE is in class 80, DELETE in 00; both act in the directory of the file', async () => {
  await uicc(
    [
      SELECT_AID,
      ['80D40000 0A 62088302643080020400', '9000'],
      ['00A40004 02 6430 00', `${fcp('6430', '0400')} 9000`],
      ['00E40000 02 6430', '9000'],
      ['00A40004 02 6430 00', '6A82'],
    ],
    async (card) => {
      const file = { application: PKCS15, relative: [0x6430] };
      await card.selectApplication(PKCS15);
      await card.resizeFile(file, 0x400);
      expect(await card.select(file)).toMatchObject({ size: 0x400 });
      await card.deleteFile(file);
      expect(await errorOf(card.select(file))).toMatchObject({ code: 'CARD_FILE_NOT_FOUND' });
    },
  );
});

test('what the card refuses names the file', async () => {
  await uicc([['00E00000 18 621682024121830250318A01058B032F0601800200208800', '6A84']], async (card) => {
    const error = await errorOf(card.createFile({ path: [0x3f00] }, EF));
    expect(error).toMatchObject({ code: 'CARD_MEMORY' });
    expect(error.message).toMatch(/CREATE FILE 5031 in MF \(3F00\)/);
  });
});
