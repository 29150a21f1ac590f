/** ServerURI: DM 2.0 §6.2, I.3. */
import fc from 'fast-check';
import { expandServerUri } from '../../src/dm/uri/index.js';

const VALUES = {
  DevID: 'IMEI:493005100592800',
  MNC: '01',
  MCC: '262',
  CMNC: '030',
  CMCC: '310',
  SPName: 'Example & Söhne',
};

test.each([
  ['https://prov.dmserver.com/Settings/[MCC]/[MNC]/MMS', 'https://prov.dmserver.com/Settings/262/01/MMS'],
  ['https://rcsprov.gsma.org/Settings/[CMCC]/[CMNC]/RCS', 'https://rcsprov.gsma.org/Settings/310/030/RCS'],
  ['https://DMcontent.example.com/[DevID]', 'https://DMcontent.example.com/IMEI:493005100592800'],
  [
    'http://dr.com/s?DevID=[DevID]&n=[SPName]',
    'http://dr.com/s?DevID=IMEI:493005100592800&n=Example%20%26%20S%C3%B6hne',
  ],
  ['https://mnc[MNC].mcc[MCC].example.com:8443/dm', 'https://mnc01.mcc262.example.com:8443/dm'],
  ['https://e.com/[IMSI]/[devid]', 'https://e.com/-1/-1'],
  ['https://[2001:db8::1]:8443/[MCC]', 'https://[2001:db8::1]:8443/262'],
  ['https://e.com/a b/ä?q={x}', 'https://e.com/a%20b/%C3%A4?q=%7Bx%7D'],
  ['https://e.com/%5BMCC%5D/%2f', 'https://e.com/%5BMCC%5D/%2f'],
  ['https://e.com/[]/[a b]/]', 'https://e.com/%5B%5D/%5Ba%20b%5D/%5D'],
  ['https://e.com/[[MCC]]', 'https://e.com/%5B262%5D'],
  ['urn:example:[MCC]', 'urn:example:262'],
  ['https://[MCC]', 'https://262'],
])('%s → %s', (text, expected) => expect(expandServerUri(text, VALUES)).toBe(expected));

test('a value that the device does not have is -1', () => {
  const all = 'https://e.com/[DevID]/[MNC]/[MCC]/[CMNC]/[CMCC]/[SPName]';
  expect(expandServerUri(all, {})).toBe('https://e.com/-1/-1/-1/-1/-1/-1');
  expect(expandServerUri(all, { SPName: '', MNC: undefined })).toBe('https://e.com/-1/-1/-1/-1/-1/-1');
});

test('a value cannot leave its place in the address', () => {
  const DevID = '/../admin?x=1&y=2#z';
  expect(expandServerUri('https://e.com/d/[DevID]?a=[DevID]&b', { DevID })).toBe(
    'https://e.com/d/%2F..%2Fadmin%3Fx%3D1%26y%3D2%23z?a=%2F..%2Fadmin%3Fx%3D1%26y%3D2%23z&b',
  );
  for (const SPName of ['evil.com/', 'a@evil.com', 'a:1', 'a b', 'ä']) {
    expect(() => expandServerUri('https://[SPName].e.com/', { SPName })).toThrow(
      expect.objectContaining({ code: 'DATA_SERVER_URI', details: { offset: 8 } }),
    );
  }
});

test('a value is put in once: brackets in it are not parameters', () => {
  expect(expandServerUri('https://e.com/[SPName]', { SPName: '[DevID]', DevID: 'x' })).toBe(
    'https://e.com/%5BDevID%5D',
  );
});

test.each([
  ['', 0],
  ['e.com/[MCC]', 0],
  ['//e.com', 0],
  ['https://', 0],
  ['https://e.com:port/', 0],
  ['https://e.com/%', 14],
  ['https://e.com/%4[MCC]', 14],
  ['https://e.com/\u0000', 14],
  ['https://e.com/\n', 14],
  ['https://e.com/\ud800', 14],
])('%j is no URI, at %d', (text, offset) => {
  expect(() => expandServerUri(text, VALUES)).toThrow(
    expect.objectContaining({ code: 'DATA_SERVER_URI', details: { offset } }),
  );
});

test('lengths are limited, also by what is put in', () => {
  const many = `https://e.com/${'[DevID]'.repeat(1000)}`;
  expect(() => expandServerUri(many, { DevID: 'x'.repeat(1_000_000) })).toThrow(
    expect.objectContaining({ code: 'DATA_LIMIT' }),
  );
  expect(() => expandServerUri(`https://e.com/${'a'.repeat(8192)}`, {})).toThrow(
    expect.objectContaining({ code: 'DATA_LIMIT' }),
  );
});

test('whatever the values are, the result has the path segments and fields of the template', () => {
  fc.assert(
    fc.property(
      fc.record({ DevID: fc.string({ unit: 'binary' }), SPName: fc.string({ unit: 'grapheme' }) }),
      (values) => {
        let url: URL;
        try {
          url = new URL(expandServerUri('https://e.com/a/x[DevID]/b?q=[SPName]&r=1', values));
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATA_SERVER_URI' });
          expect(values.DevID + values.SPName).toMatch(/\p{Surrogate}/u);
          return;
        }
        const or1 = (value: string) => (value === '' ? '-1' : value);
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual([
          '',
          'a',
          `x${or1(values.DevID)}`,
          'b',
        ]);
        expect(decodeURIComponent(/q=([^&]*)/.exec(url.search)![1]!)).toBe(or1(values.SPName));
        expect(url.search.endsWith('&r=1')).toBe(true);
      },
    ),
  );
});
