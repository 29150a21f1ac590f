/** `simboot pkcs15 decode|encode`: stable JSON, there and back. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { simboot } from '../cli/harness.js';

interface Case {
  readonly what: string;
  readonly file: string;
  readonly hex: string;
  readonly lenient?: string;
}
const { cases } = JSON.parse(readFileSync('test-vectors/pkcs15.json', 'utf8')) as { cases: Case[] };
const FILES = ['dir', 'odf', 'dodf', 'aodf', 'tokeninfo'];

test.each(cases.filter(({ file, lenient }) => FILES.includes(file) && !lenient))(
  '$what: encode of decode gives the same octets',
  async ({ file, hex }) => {
    const decoded = await simboot(`pkcs15 decode --file ${file} ${hex} --json`);
    expect(decoded.code).toBe(0);
    const encoded = await simboot(`pkcs15 encode --file ${file} - --json`, { stdin: decoded.stdout });
    expect(encoded.json()).toEqual({ file, hex: hex.toLowerCase() });
  },
);

test('the shape of EF(DODF)', async () => {
  const hex =
    '303E302C0C0C444D20426F6F747374726170030206C0040101020101301230070302078004010130070302064004010A30060604672B0701A106300404026430';
  const { json } = await simboot(`pkcs15 decode --file dodf ${hex}FFFF --json`);
  expect(json()).toEqual({
    file: 'dodf',
    used: 64,
    findings: [],
    entries: [
      {
        form: 'opaqueDO',
        label: 'DM Bootstrap',
        flags: { private: true, modifiable: true },
        userConsent: 1,
        accessControlRules: [
          { mode: { read: true, update: false, execute: false }, condition: { authId: '01' } },
          { mode: { read: false, update: true, execute: false }, condition: { authId: '0a' } },
        ],
        authId: '01',
        applicationOid: '2.23.43.7.1',
        path: '6430',
        offset: 0,
        der: hex.toLowerCase(),
      },
    ],
  });
});

test('the shapes of the other files', async () => {
  const entries = async (file: string, hex: string) =>
    (await simboot(`pkcs15 decode --file ${file} ${hex} --json`)).json<{ entries: unknown[] }>().entries;
  expect(await entries('odf', 'A711300F04063F007F506420020100800200C8')).toEqual([
    {
      kind: 'dataObjects',
      path: '3f007f506420',
      index: 0,
      length: 200,
      offset: 0,
      der: 'a711300f04063f007f506420020100800200c8',
    },
  ]);
  expect(
    await entries(
      'dir',
      '612F4F0CA000000063504B43532D31355007504B435323313551043F007F5073100604672B0701300804063F007F505031',
    ),
  ).toMatchObject([
    {
      aid: 'a000000063504b43532d3135',
      label: 'PKCS#15',
      path: '3f007f50',
      ddo: { oid: '2.23.43.7.1', odfPath: { path: '3f007f505031' } },
      offset: 0,
    },
  ]);
  expect(
    await entries(
      'tokeninfo',
      '3025020100040A8939012345678901234F0C034F4D41800C444D20426F6F747374726170030100',
    ),
  ).toEqual([
    {
      version: 0,
      serialNumber: '8939012345678901234f',
      manufacturer: 'OMA',
      label: 'DM Bootstrap',
      flags: { readonly: false, loginRequired: false, prnGeneration: false, eidCompliant: false },
    },
  ]);
  expect(
    await entries(
      'aodf',
      '302B300A0C0450494E31030207803003040101A11830160302020C0A01010201040201080201088001010401FF',
    ),
  ).toMatchObject([
    {
      form: 'pin',
      label: 'PIN1',
      flags: { private: true, modifiable: false },
      authId: '01',
      pinReference: 1,
      pinFlags: ['initialized', 'needsPadding'],
      pinType: 'ascii-numeric',
      minLength: 4,
      storedLength: 8,
      maxLength: 8,
      padChar: 'ff',
    },
  ]);
});

test('encode takes a list or one entry, written by hand', async () => {
  const encode = async (file: string, json: unknown) =>
    (await simboot(['pkcs15', 'encode', '--file', file, JSON.stringify(json)])).stdout.trim();
  expect(await encode('odf', [{ kind: 'dataObjects', path: '6420' }])).toBe('a706300404026420');
  expect(await encode('dir', { aid: 'A000000063504B43532D3135', path: '3F007F50' })).toBe(
    '61144f0ca000000063504b43532d313551043f007f50',
  );
  expect(await encode('dodf', { applicationOid: '2.23.43.7.1', label: 'DM Bootstrap', path: '6430' })).toBe(
    '3020300e0c0c444d20426f6f74737472617030060604672b0701a106300404026430',
  );
});

test.each([
  ['odf', [{ kind: 'dataObjects', path: '642' }], '[0].path: file identifiers of four hex digits'],
  ['odf', [{ kind: 'dataObjects' }], '[0]: exactly one of path, objects, opaque'],
  ['odf', { file: 'dodf', entries: [] }, 'the document is of file "dodf", not "odf"'],
  ['dodf', [{ path: '6430', applicationOid: 'dm' }], '[0].applicationOid: a dotted object identifier'],
  ['dodf', [{ path: '6430', applicationOid: '2.23.43.7.1', lable: 'x' }], '[0]: Unrecognized key: "lable"'],
  ['dodf', [{ path: '6430', label: 'x' }], 'needs an application name or an application OID'],
  ['aodf', { entries: [{ form: 'pin', authId: '01' }] }, 'entries[0].pinFlags: '],
  ['dir', { aid: 'A000000063504B43532D3135' }, 'needs its path from 3F00 on'],
  ['tokeninfo', [], 'holds one TokenInfo, not 0'],
])('encode %s %j: exit 2 and the place of the mistake', async (file, json, message) => {
  const result = await simboot(['pkcs15', 'encode', '--file', file, JSON.stringify(json)]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(message);
});

test('decode: bad input is exit 2 with file and octet', async () => {
  const cut = await simboot('pkcs15 decode --file odf A7063004040264 --json');
  expect(cut.code).toBe(2);
  expect(cut.json()).toMatchObject({
    error: { code: 'DATA_PKCS15', message: expect.stringContaining('EF(ODF) octet 0') },
  });
  expect(await simboot('pkcs15 decode --file odf A7Z6')).toMatchObject({ code: 2 });
  expect(await simboot('pkcs15 decode A706300404026420')).toMatchObject({ code: 2 });
  expect(await simboot('pkcs15 encode --file odf {')).toMatchObject({ code: 2 });
});

test('decode for people, from standard input as hex or octets', async () => {
  const hex = 'A706300404026420FF';
  const text = await simboot('pkcs15 decode --file odf -', { stdin: `${hex}\n` });
  expect(text.stdout).toContain('1 entry in 8 octets');
  expect(text.stdout).toContain('kind: dataObjects');
  expect(text.stdout).toContain('path: 6420');
  const octets = await simboot('pkcs15 decode --file odf -', {
    stdin: Readable.from([Buffer.from(hex, 'hex')]),
  });
  expect(octets.stdout).toBe(text.stdout);
});
