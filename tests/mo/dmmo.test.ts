import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import {
  DMMO_SCHEMA,
  decodeDmmo,
  encodeDmmo,
  formatInstanceUri,
  parseInstanceUri,
} from '../../src/mo/index.js';
import { COMPLETE_DMACC_TEXT, DEVINFO_EXAMPLE_TEXT } from './documents.js';

const judge = new Ajv().compile(DMMO_SCHEMA);
const decode = (text: string) => decodeDmmo(encodeUtf8(text));
const failure = (run: () => unknown): SimbootError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('application/dmmo+json (DM 2.0 §7.2.1.4)', () => {
  test('a complete DMAcc is read and written octet for octet', () => {
    const bytes = encodeUtf8(COMPLETE_DMACC_TEXT);
    const { objects, findings } = decodeDmmo(bytes);
    expect(findings).toEqual([]);
    expect(objects[0]?.clientUri).toBe('urn:oma:mo:oma-dm-dmacc:1.2/dms1/');
    expect(encodeDmmo(objects)).toEqual(bytes);
  });

  test('the example of the clause', () => {
    const { objects, findings } = decode(DEVINFO_EXAMPLE_TEXT);
    expect(findings).toEqual([]);
    expect(objects).toEqual([
      {
        ddf: 'http://www.vendor.com/DDF/devinfo1.0.ddf',
        clientUri: 'oma:mo:oma-dm-devinfo:1.0//',
        cv: '686897696a7c876b7e',
        moData: { DevInfo: expect.objectContaining({ DevID: 'IMEI:493005100592800', HwV: '' }) },
      },
    ]);
    expect(new TextDecoder().decode(encodeDmmo(objects))).toBe(
      JSON.stringify(JSON.parse(DEVINFO_EXAMPLE_TEXT)),
    );
  });

  test('a bare object is read with a finding', () => {
    const { objects, findings } = decode('{"ClientURI":"urn:x:y//","MOData":{}}');
    expect(objects).toHaveLength(1);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'DMMO_BARE_OBJECT', where: '$' }]);
  });

  test('members of no meaning are named', () => {
    const { findings } = decode('[{"ClientURI":"urn:x:y//","MOData":{},"Extra":1}]');
    expect(findings).toMatchObject([{ code: 'DMMO_UNKNOWN_MEMBER', where: '$[0].Extra' }]);
  });

  const VALID = [
    '[]',
    COMPLETE_DMACC_TEXT,
    DEVINFO_EXAMPLE_TEXT,
    '[{"ClientURI":"","MOData":{}}]',
    '[{"ClientURI":"","MOData":{},"Extra":null}]',
  ];
  const INVALID: [string, string][] = [
    ['"text"', '$'],
    ['[1]', '$[0]'],
    ['[[]]', '$[0]'],
    ['[{}]', '$[0]'],
    ['[{"MOData":{}}]', '$[0]'],
    ['[{"ClientURI":"x"}]', '$[0]'],
    ['[{"ClientURI":1,"MOData":{}}]', '$[0].ClientURI'],
    ['[{"ClientURI":"","MOData":[]}]', '$[0].MOData'],
    ['[{"ClientURI":"","MOData":null}]', '$[0].MOData'],
    ['[{"ClientURI":"","MOData":{}},{"ClientURI":"","MOData":{},"DDF":{}}]', '$[1].DDF'],
    ['[{"ClientURI":"","MOData":{},"CV":null}]', '$[0].CV'],
  ];
  test.each(VALID)('ajv and simboot both accept %#', (text) => {
    expect(judge(JSON.parse(text))).toBe(true);
    expect(decode(text).objects).toHaveLength((JSON.parse(text) as unknown[]).length);
  });
  test.each(INVALID)('ajv and simboot both refuse %s', (text, path) => {
    expect(judge(JSON.parse(text))).toBe(false);
    const error = failure(() => decode(text));
    expect({ code: error.code, path: error.details.path }).toEqual({ code: 'DATA_DMMO', path });
  });

  test('the schema in docs is the exported one', () => {
    expect(JSON.parse(readFileSync('docs/schema/dmmo.schema.json', 'utf8'))).toEqual(DMMO_SCHEMA);
  });
});

describe('the ClientURI of a serialized MO (DM 2.0 §6.1.1)', () => {
  test.each([
    ['urn:m:1//', { moid: 'urn:m:1', path: [], looseSlash: false }],
    ['urn:m:1/usb/', { moid: 'urn:m:1', miid: 'usb', path: [], looseSlash: false }],
    ['urn:m:1/usb', { moid: 'urn:m:1', miid: 'usb', path: [], looseSlash: true }],
    ['urn:m:1/usb/A/b', { moid: 'urn:m:1', miid: 'usb', path: ['A', 'b'], looseSlash: false }],
    ['urn:m:1//A/', { moid: 'urn:m:1', path: ['A'], looseSlash: true }],
  ])('%s', (text, uri) => {
    expect(parseInstanceUri(text)).toEqual(uri);
  });
  test('written as MOID// or MOID/MIID/', () => {
    expect(formatInstanceUri('urn:m:1')).toBe('urn:m:1//');
    expect(formatInstanceUri('urn:m:1', 'usb')).toBe('urn:m:1/usb/');
  });
  test.each([
    '',
    'urn:m:1',
    '/x/',
    'urn:m:1/*/',
    'urn:m:1/(x)/',
    'urn:m:1//?cv=1',
    'urn:m:1/a b/',
    'urn:m:1//A//b',
  ])('refuses %j', (text) => {
    expect(failure(() => parseInstanceUri(text)).code).toBe('DATA_CLIENT_URI');
  });
});
