import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { compileFile, EF_CODECS, EF_SMSP, EF_SPN, type FileStep } from '../../src/perso/index.js';

interface Case extends Pick<FileStep, 'codec' | 'value' | 'record'> {
  readonly what: string;
  readonly size: number;
  readonly hex: string;
}
const { cases } = JSON.parse(readFileSync('test-vectors/ef-codecs.json', 'utf8')) as { cases: Case[] };
const encode = (
  step: Pick<FileStep, 'codec' | 'value' | 'record' | 'offset'>,
  size?: number,
  values: Record<string, string> = {},
) => compileFile({ name: 'x', ...step }).encode(values, size);

describe('test-vectors/ef-codecs.json', () => {
  test.each(cases)('$what', ({ hex, size, ...step }) => {
    expect(toHex(encode(step, size)).toUpperCase()).toBe(hex.toUpperCase());
  });

  test.each(cases.filter(({ codec }) => codec !== 'raw'))(
    '$what, read and written again',
    ({ codec, hex, size }) => {
      const ef = EF_CODECS[codec as Exclude<FileStep['codec'], 'raw'>];
      const octets = fromHex(hex);
      const used = codec === 'plmn-act' || codec === 'plmn' ? octets : octets;
      const value = ef.decode(used);
      const again = ef.encodeSized?.(value, size) ?? ef.encode(value);
      expect(toHex(octets).startsWith(toHex(again).replace(/(?:ff)+$/, ''))).toBe(true);
    },
  );
});

test('fields anywhere in a value', () => {
  const { fields, encode: fill } = compileFile({
    name: 'x',
    codec: 'plmn-act',
    value: [
      { plmn: '${mcc}01', access: '${act}' },
      { plmn: '00101', access: ['gsm'] },
    ],
  });
  expect(fields).toEqual(['mcc', 'act']);
  expect(toHex(fill({ mcc: '262', act: '4000' }, 10))).toBe('62f210400000f1100080');
});

describe('what does not fit is refused, with its clause', () => {
  test.each<[string, Pick<FileStep, 'codec' | 'value' | 'record' | 'offset'>, number | undefined, RegExp]>([
    [
      'an ICCID with a wrong check digit',
      { codec: 'iccid', value: '8988211000000000012' },
      10,
      /check digit .*TS 102 221 §13.2/,
    ],
    [
      'an ICCID with 17 digits',
      { codec: 'iccid', value: '89882110000000000' },
      10,
      /18 to 20 decimal digits; this has 17/,
    ],
    [
      'an IMSI with letters',
      { codec: 'imsi', value: '00101x' },
      9,
      /6 to 15 decimal digits.*TS 31.102 §4.2.2/,
    ],
    [
      'an IMSI in a file that is too small',
      { codec: 'imsi', value: '001010123456789' },
      8,
      /9 octets, and the file of the card 8/,
    ],
    [
      'a name that is too long',
      { codec: 'spn', value: 'seventeen letters' },
      17,
      /takes 17 octets, and there are 16.*§4.2.12/,
    ],
    ['a name in UCS2 that is too long', { codec: 'spn', value: 'Привет м' }, 17, /takes 17 octets/],
    ['a name in no coding', { codec: 'spn', value: 'a😀' }, 17, /in no coding/],
    ['emergency calls', { codec: 'acc', value: '0400' }, 2, /class 10/],
    ['access classes', { codec: 'acc', value: '12' }, 2, /four hexadecimal digits/],
    [
      'a class that is none',
      { codec: 'acc', value: { classes: [16] } },
      2,
      /classes\[0\]: a whole number from 0 to 15/,
    ],
    [
      'a network',
      { codec: 'plmn', value: ['26201', '2620'] },
      12,
      /entry 2: a network has 5 or 6 decimal digits/,
    ],
    [
      'more networks than places',
      { codec: 'plmn', value: ['26201', '26202'] },
      5,
      /6 octets, and the file of the card 5/,
    ],
    [
      'two modes of GSM',
      { codec: 'plmn-act', value: [{ plmn: '26201', access: ['gsm', 'ec-gsm-iot'] }] },
      5,
      /ec-gsm-iot excludes another/,
    ],
    [
      'an access technology',
      { codec: 'plmn-act', value: [{ plmn: '26201', access: ['lte'] }] },
      5,
      /\[0\].access\[0\]: one of utran, /,
    ],
    ['a record that is too short', { codec: 'smsp', value: {}, record: 1 }, 27, /at least 28 octets/],
    [
      'an alpha identifier that is too long',
      { codec: 'smsp', value: { alpha: 'abc' }, record: 1 },
      30,
      /takes 3 octets, and the records have 2/,
    ],
    [
      'a number',
      { codec: 'smsp', value: { serviceCentre: '0049-171' }, record: 1 },
      28,
      /serviceCentre: a number has 1 to 20/,
    ],
    ['a validity', { codec: 'smsp', value: { validityMinutes: 7 }, record: 1 }, 28, /7 is no step/],
    [
      'raw octets behind the end',
      { codec: 'raw', value: '0102', offset: 3 },
      4,
      /2 octets from octet 3 do not fit into the 4/,
    ],
    ['raw octets that are none', { codec: 'raw', value: '0x01' }, 4, /hexadecimal digits/],
    ['raw octets as a number', { codec: 'raw', value: 12 }, 4, /in quotes/],
    ['a filler', { codec: 'raw', value: { hex: '01', fill: 'x' } }, 4, /fill is two hexadecimal digits/],
  ])('%s', (_, step, size, message) => {
    expect(() => encode(step, size)).toThrow(
      expect.objectContaining({ code: 'DATA_FILE_VALUE', message: expect.stringMatching(message) }),
    );
  });

  test('the value itself is not told: it may be a key in the wrong place', () => {
    const key = '00112233445566778899AABBCCDDEEFF';
    for (const codec of ['iccid', 'imsi', 'acc', 'spn'] as const) {
      try {
        encode({ codec, value: '${ki}' }, 17, { ki: key });
        throw new Error('accepted');
      } catch (error) {
        expect(JSON.stringify(error) + (error as Error).message).not.toContain(key.slice(0, 8));
      }
    }
  });
});

test('names: each coding of TS 102 221 annex A is read', () => {
  const name = (hex: string) => EF_SPN.decode(fromHex(`00${hex}`.padEnd(34, 'F'))).name;
  expect(name('4142')).toBe('AB');
  expect(name('8000410414')).toBe('AД');
  expect(name('8102089441')).toBe('ДA');
  expect(name('81020894D0')).toBe('\u0414\u0450');
  expect(name('8202053041D0')).toBe('A\u0580');
  expect(() => name('1B')).toThrow('no text');
});

test('validity: every octet is a step, and comes back as itself', () => {
  for (let octet = 0; octet <= 0xff; octet++) {
    const record = new Uint8Array(28).fill(0xff);
    record[0] = 0xef;
    record[27] = octet;
    expect(EF_SMSP.encode(EF_SMSP.decode(record))).toEqual(record);
  }
});
