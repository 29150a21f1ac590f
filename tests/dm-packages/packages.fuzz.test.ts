/** 100,000 damaged inputs each: packages, multipart bodies, headers. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  decodePackage1,
  decodePackage2,
  decodePackage3,
  decodeResponse,
  negotiate,
  parseMediaType,
} from '../../src/dm/packages/index.js';
import { fuzz } from '../support/fuzz.js';

const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** Short, so that most damage hits structure; the examples of the specification are tests elsewhere. */
const BODY =
  '--b\r\nContent-Type: application/vnd.oma.dm.response+json\r\n\r\n{"Status":[200]}\r\n' +
  '--b\r\nContent-Disposition: form-data; name="0"\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n--b--\r\n';

test.each<[string, (bytes: Uint8Array) => unknown, string[]]>([
  [
    'Package#1',
    decodePackage1,
    ['{"MOS":[{"DDF":"d","MOID":"m","MIID":["a"]}],"Alert":[{"AlertType":"t","Data":{"n":1}}]}', '{}'],
  ],
  ['Package#2', decodePackage2, ['{"CMD":[["HGET","https://x/","urn:m//"],["END"]]}']],
  [
    'Package#3',
    decodePackage3,
    ['{"Status":[{"sc":200,"URI":["a"]},200,"b"],"Alert":{"Alert":[{"AlertType":"t"}]}}'],
  ],
  [
    'multipart',
    (bytes) => decodeResponse('multipart/form-data; boundary=b', bytes),
    [BODY, BODY.replaceAll('\r', ''), BODY.replaceAll('--b', '--c')],
  ],
  [
    'a media type',
    (bytes) => parseMediaType(latin(bytes)),
    ['multipart/form-data; boundary="a \\"b"; charset=utf-8'],
  ],
  [
    'Accept',
    (bytes) => negotiate(latin(bytes), ['application/dmmo+json', 'text/plain']),
    ['application/*;q=0.5, text/plain;v=1;q=0.123, */*;q=0'],
  ],
])('%s', (_, decode, seeds) => {
  const { accepted, refused } = fuzz(decode, seeds.map(encodeUtf8));
  expect(accepted + refused).toBe(100_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(0);
});

test('bodies made of boundaries take linear time', () => {
  const times = [1, 4].map((factor) => {
    const body = encodeUtf8('--b\r\n'.repeat(20_000 * factor));
    const start = performance.now();
    expect(() => decodeResponse('multipart/form-data; boundary=b', body)).toThrow(
      expect.objectContaining({ code: 'DATA_LIMIT' }),
    );
    return performance.now() - start;
  });
  expect(times[1]!).toBeLessThan(2_000);
});
