/** Responses to Package#2 with data: Appendix F, I.1, and what a lenient reader takes. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import type { BodyPart } from '../../src/dm/index.js';
import {
  decodePackage2,
  decodeResponse,
  encodeResponse,
  JSON_FORMAT,
  MEDIA_TYPES,
} from '../../src/dm/packages/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { APPENDIX_F, APPENDIX_F_COMMANDS, APPENDIX_I1, lines } from './examples.js';

const P3 = 'application/vnd.oma.dm.response+json';
const FORM = 'multipart/form-data; boundary=b';

const contents = (parts: ReadonlyMap<number, BodyPart>) =>
  [...parts].map(([index, { contentType, body }]) => [index, contentType, decodeUtf8(body)]);
const codes = ({ findings }: { findings: readonly { code: string }[] }) => findings.map(({ code }) => code);
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

describe('the example of Appendix F', () => {
  const { commands } = decodePackage2(APPENDIX_F_COMMANDS).value;
  const decoded = decodeResponse('multipart/form-data; boundary=simple_boundary', APPENDIX_F, { commands });

  test('six statuses, in the order of the commands', () => {
    expect(decoded.package3).toEqual({
      statuses: [200, 200, 200, 200, 404, 200].map((sc) => ({ sc })),
      alerts: [],
    });
  });

  test('data for the commands 0, 1 and 2', () => {
    expect([...decoded.parts.keys()]).toEqual([0, 1, 2]);
    expect(decoded.parts.get(0)).toEqual({
      contentType: 'text/plain',
      body: encodeUtf8('IMEI:493005100592800'),
    });
    const { value } = JSON_FORMAT.decodeMos(decoded.parts.get(1)!.body);
    expect(value).toEqual([
      {
        ddf: 'http://www.vendor.com/DDF/oma-dm-devinfo1.2.ddf',
        clientUri: 'urn:oma:mo:oma-dm-devinfo:1.2//DevID',
        moData: { DevID: 'IMEI:493005100592800' },
      },
    ]);
    expect(JSON_FORMAT.decodeMos(decoded.parts.get(2)!.body).value[0]!.moData).toEqual({
      SessionInfoMO: { CBT: 1, ROAMING: 0 },
    });
  });

  test('the bare statuses are the only thing odd', () => {
    expect(new Set(codes(decoded))).toEqual(new Set(['STATUS_BARE']));
  });
});

describe('the example of I.1', () => {
  const decoded = decodeResponse('multipart/form-data; boundary=boundary', APPENDIX_I1);

  test('is taken apart in spite of its two boundaries', () => {
    expect(decoded.package3.statuses).toEqual([{ sc: 200 }, { sc: 200 }]);
    expect([...decoded.parts.keys()]).toEqual([0, 1]);
    expect(codes(decoded)).toContain('MULTIPART_BOUNDARY');
  });

  test('its first part is the DevInfo MO', () => {
    const [object] = JSON_FORMAT.decodeMos(decoded.parts.get(0)!.body).value;
    expect(object!.clientUri).toBe('oma:mo:oma-dm-devinfo:1.0//');
  });

  test('its second part opens an object in an object, which is no JSON: refused with the place', () => {
    expect(() => JSON_FORMAT.decodeMos(decoded.parts.get(1)!.body)).toThrow(
      expect.objectContaining({
        code: 'DATA_JSON',
        // "{", CR, LF and a space stand before the second brace.
        details: { line: 2, column: 2, offset: 4, path: '$' },
      }),
    );
  });
});

describe('what is written', () => {
  const random = (octets: number) => new Uint8Array(octets).fill(0xa5);
  const status = (...sc: number[]) => ({ statuses: sc.map((code) => ({ sc: code })), alerts: [] });
  const text = (value: string) => ({ contentType: 'text/plain', body: encodeUtf8(value) });

  test('Package#3 alone without data', () => {
    expect(encodeResponse(status(404, 304), new Map(), { random })).toEqual({
      contentType: P3,
      body: encodeUtf8('{"Status":[{"sc":404},{"sc":304}]}'),
    });
  });

  test('Package#3 first and without a name, parts named by the place of their status', () => {
    const parts = new Map([
      [2, { contentType: 'application/dmmo+json', body: encodeUtf8('[]') }],
      [0, text('on')],
    ]);
    const boundary = `dm-${'a5'.repeat(16)}-0`;
    const written = encodeResponse(status(200, 404, 200), parts, { random });
    expect(written.contentType).toBe(`multipart/form-data; boundary=${boundary}`);
    expect(decodeUtf8(written.body)).toBe(
      [
        `--${boundary}`,
        'Content-Disposition: form-data',
        'Content-Type: application/vnd.oma.dm.response+json',
        '',
        '{"Status":[{"sc":200},{"sc":404},{"sc":200}]}',
        `--${boundary}`,
        'Content-Disposition: form-data; name="0"',
        'Content-Type: text/plain',
        '',
        'on',
        `--${boundary}`,
        'Content-Disposition: form-data; name="2"',
        'Content-Type: application/dmmo+json',
        '',
        '[]',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    );
  });

  test('a boundary that occurs in the data is not taken', () => {
    const parts = new Map([[0, text(`x dm-${'a5'.repeat(16)}-0 dm-${'a5'.repeat(16)}-1`)]]);
    const { contentType, body } = encodeResponse(status(200), parts, { random });
    expect(contentType).toBe(`multipart/form-data; boundary=dm-${'a5'.repeat(16)}-2`);
    expect(contents(decodeResponse(contentType, body).parts)).toEqual([
      [0, 'text/plain', decodeUtf8(parts.get(0)!.body)],
    ]);
  });

  test('octets come back as they were: line ends at both ends, dashes, all values', () => {
    const body = Uint8Array.from([
      13,
      10,
      45,
      45,
      ...Array.from({ length: 256 }, (_, i) => i),
      45,
      45,
      13,
      10,
    ]);
    const parts = new Map([[0, { contentType: 'application/octet-stream', body }]]);
    const written = encodeResponse(status(200), parts, { random });
    expect(decodeResponse(written.contentType, written.body).parts).toEqual(parts);
  });

  test('data for a status that is not 200 is refused', () => {
    for (const index of [1, 2]) {
      const parts = new Map([[index, text('x')]]);
      expect(codeOf(() => encodeResponse(status(200, 404), parts, { random }))).toBe('DATA_PACKAGE');
    }
  });
});

describe('what is read', () => {
  const package3 = (...inner: string[]) => [
    '--b',
    'Content-Disposition: form-data',
    `Content-Type: ${P3}`,
    '',
    '{"Status":[{"sc":200},{"sc":404},{"sc":200}]}',
    ...inner,
  ];
  const part = (name: string, value: string) => [
    '--b',
    `Content-Disposition: form-data${name}`,
    'Content-Type: text/plain',
    '',
    value,
  ];

  test('line ends of LF alone', () => {
    const body = encodeUtf8([...package3(), ...part('; name="0"', 'one'), '--b--'].join('\n'));
    const decoded = decodeResponse(FORM, body);
    expect(contents(decoded.parts)).toEqual([[0, 'text/plain', 'one']]);
    expect(codes(decoded)).toEqual(['MULTIPART_LF']);
  });

  test('with CRLF, a line of the boundary between LFs is data', () => {
    const body = lines(...package3(), ...part('; name="0"', 'one\n--b\ntwo'), '--b--');
    const decoded = decodeResponse(FORM, body);
    expect(contents(decoded.parts)).toEqual([[0, 'text/plain', 'one\n--b\ntwo']]);
    expect(codes(decoded)).toEqual([]);
  });

  test('a quoted boundary with spaces, folded header fields, names in any case, a preamble and an epilogue', () => {
    const body = lines(
      'This is for readers without MIME.',
      '--a b',
      'content-disposition: form-data',
      'CONTENT-TYPE:',
      `\t${P3}`,
      '',
      '{"Status":[200]}',
      '--a b  ',
      'Content-Disposition: form-data;',
      '  name=0',
      'Content-Type: text/plain',
      '',
      'x',
      '--a b--',
      'the end',
    );
    const decoded = decodeResponse('Multipart/Form-Data; Boundary="a b"', body);
    expect(contents(decoded.parts)).toEqual([[0, 'text/plain', 'x']]);
  });

  test('parts without names belong to the successful GETs in their order', () => {
    const body = lines(...package3(), ...part('', 'one'), ...part('', 'two'), '--b--');
    const commands = [
      ['HGET', 'https://example/'],
      ['GET', 'a'],
      ['GET', 'b'],
    ] as const;
    expect(contents(decodeResponse(FORM, body).parts)).toEqual([
      [0, 'text/plain', 'one'],
      [2, 'text/plain', 'two'],
    ]);
    expect(contents(decodeResponse(FORM, body, { commands }).parts)).toEqual([[2, 'text/plain', 'one']]);
  });

  test('Package#3 that is not the first part is found by its media type', () => {
    const body = lines(...part('; name="2"', 'two'), ...package3(), '--b--');
    const decoded = decodeResponse(FORM, body);
    expect(contents(decoded.parts)).toEqual([[2, 'text/plain', 'two']]);
    expect(codes(decoded)).toEqual(['MULTIPART_ORDER']);
  });

  test('a missing end and a missing boundary parameter', () => {
    const body = lines(...package3(), ...part('; name="0"', 'one'));
    expect(contents(decodeResponse(FORM, body).parts)).toEqual([[0, 'text/plain', 'one']]);
    expect(codes(decodeResponse(FORM, body))).toEqual(['MULTIPART_END']);
    const whole = lines(...package3(), '--b--');
    expect(codes(decodeResponse('multipart/form-data', whole))).toEqual(['MULTIPART_BOUNDARY']);
    expect(codes(decodeResponse('multipart/form-data; boundary=c', whole))).toEqual(['MULTIPART_BOUNDARY']);
  });

  test('base64 as transfer encoding', () => {
    const body = lines(
      ...package3(),
      '--b',
      'Content-Disposition: form-data; name="0"',
      'Content-Transfer-Encoding: base64',
      '',
      'b24=',
      '--b--',
    );
    expect(contents(decodeResponse(FORM, body).parts)).toEqual([[0, 'text/plain', 'on']]);
  });

  test('an empty part, with header and without', () => {
    const body = lines(...package3(), ...part('; name="0"', ''), '--b', '', '', '--b--');
    expect(contents(decodeResponse(FORM, body).parts)).toEqual([
      [0, 'text/plain', ''],
      [2, 'text/plain', ''],
    ]);
  });

  test('data for a status that is not there is left out', () => {
    const body = lines(...package3(), ...part('; name="3"', 'x'), '--b--');
    const decoded = decodeResponse(FORM, body);
    expect(decoded.parts.size).toBe(0);
    expect(codes(decoded)).toEqual(['MULTIPART_NAME']);
  });

  test.each<[string, string, string, Uint8Array]>([
    [
      'two parts of one name',
      'DATA_MULTIPART',
      FORM,
      lines(...package3(), ...part('; name=0', ''), ...part('; name=0', ''), '--b--'),
    ],
    ['no Package#3', 'DATA_MULTIPART', FORM, lines(...part('; name=0', ''), '--b--')],
    ['no boundary', 'DATA_MULTIPART', FORM, lines('nothing')],
    ['no end of the header', 'DATA_MULTIPART', FORM, lines('--b', 'Content-Type: text/plain', '--b--')],
    ['a field twice', 'DATA_MULTIPART', FORM, lines('--b', 'A: 1', 'a: 2', '', '', '--b--')],
    ['a field without a name', 'DATA_MULTIPART', FORM, lines('--b', ': 1', '', '', '--b--')],
    [
      'an unknown transfer encoding',
      'DATA_MULTIPART',
      FORM,
      lines('--b', 'Content-Transfer-Encoding: quoted-printable', '', '', '--b--'),
    ],
    [
      'a header without end in sight',
      'DATA_MULTIPART',
      FORM,
      lines('--b', `A: ${'x'.repeat(9000)}`, '', '', '--b--'),
    ],
    [
      '33 fields',
      'DATA_MULTIPART',
      FORM,
      lines('--b', ...Array.from({ length: 33 }, (_, i) => `A${i}: 1`), '', '', '--b--'),
    ],
    ['another media type', 'DATA_MEDIA_TYPE_UNSUPPORTED', 'text/plain', lines('x')],
    ['a malformed media type', 'DATA_MEDIA_TYPE', 'text', lines('x')],
  ])('%s is refused', (_, code, contentType, body) => {
    expect(codeOf(() => decodeResponse(contentType, body))).toBe(code);
  });

  test('limits: octets, parts', () => {
    const body = lines(...package3(), '--b--');
    expect(codeOf(() => decodeResponse(FORM, body, { limits: { maxBodyOctets: body.length - 1 } }))).toBe(
      'DATA_LIMIT',
    );
    expect(codeOf(() => decodeResponse(FORM, body, { limits: { maxBodyOctets: body.length } }))).toBe(
      'nothing thrown',
    );
    const many = lines(...package3(), ...Array.from({ length: 5 }, () => part('', 'x')).flat(), '--b--');
    expect(codeOf(() => decodeResponse(FORM, many, { limits: { maxParts: 5 } }))).toBe('DATA_LIMIT');
    expect(codeOf(() => decodeResponse(FORM, many, { limits: { maxParts: 6 } }))).toBe('nothing thrown');
  });
});

test('the media type of the response is the one of §7.2.1.3', () => {
  expect(MEDIA_TYPES.package3).toBe(P3);
});
