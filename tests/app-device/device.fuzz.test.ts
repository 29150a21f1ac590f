/** 100,000 damaged inputs to what a device reads or shows beside the client core. */

import { readState } from '../../src/app/device/state-folder.js';
import { packageSays } from '../../src/app/device/summary.js';
import { fuzz } from '../support/fuzz.js';

const octets = (text: string) => Uint8Array.from(Buffer.from(text));
const lenient = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

test('state files: the state as it was saved, or a typed error', () => {
  const sha256 = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862'; // of {"a":1}
  const seeds = [
    `{"format":"simboot device","version":1,"sha256":"${sha256}","state":{"a":1}}`,
    '{"format":"simboot device","version":1,"sha256":"","state":{"__proto__":{"b":2},"a":[null,1e400]}}',
    'null',
  ];
  const { accepted, refused } = fuzz((bytes) => {
    const state = readState(lenient(bytes), 'state.json');
    if (JSON.stringify(state) !== '{"a":1}') throw new Error('a state that nobody saved');
  }, seeds.map(octets));
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(60_000);
  expect(accepted).toBeGreaterThan(0);
});

test('what is told of packages: lines, whatever comes', () => {
  const boundary = 'multipart/form-data; boundary=x';
  const bodies: [type: string, body: string][] = [
    [
      'application/vnd.oma.dm.request+json',
      '{"CMD":[["GET","urn:a/b/?nv=c:secret"],["HGET","https://a/b/c"],["END"]]}',
    ],
    ['application/vnd.oma.dm.initiation+json', '{"MOS":[],"Alert":[{"AlertType":"urn:a:b"}]}'],
    ['application/vnd.oma.dm.response+json', '{"Status":[{"sc":200,"URI":["urn:a/b/"]},{"sc":404}]}'],
    [
      boundary,
      '--x\r\nContent-Disposition: form-data\r\nContent-Type: application/vnd.oma.dm.response+json\r\n\r\n' +
        '{"Status":[{"sc":200}]}\r\n--x\r\nContent-Disposition: form-data; name="0"\r\n' +
        'Content-Type: text/plain\r\n\r\nsecret\r\n--x--\r\n',
    ],
  ];
  for (const [type, body] of bodies) {
    const { accepted } = fuzz(
      (bytes) => {
        const lines = packageSays(type, bytes);
        if (type === boundary && lines.some((line) => line.includes('secret')))
          throw new Error('data is told');
      },
      [octets(body)],
      25_000,
    );
    expect(accepted).toBe(25_000);
  }
});
