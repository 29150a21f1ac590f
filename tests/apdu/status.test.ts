/** Status words: what each says, which error it becomes, who must act (TS 102 221 §10.2.1, TS 51.011 §9.4). */
import {
  decodeResponse,
  encodeResponse,
  explainStatus,
  isDone,
  SW,
  SW_2G,
  statusError,
} from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

test('a response is data and two octets', () => {
  expect(decodeResponse(fromHex('aabb9f10'))).toEqual({ data: fromHex('aabb'), sw: 0x9f10 });
  expect(decodeResponse(fromHex('6a82'))).toEqual({ data: fromHex(''), sw: 0x6a82 });
  expect(toHex(encodeResponse({ data: fromHex('aabb'), sw: 0x0102 }))).toBe('aabb0102');
  expect(() => decodeResponse(fromHex('90'))).toThrow(expect.objectContaining({ code: 'CARD_RESPONSE' }));
});

test.each([0x9000, 0x6100, 0x61ff, 0x9f00, 0x9f22, 0x9110, 0x9200, 0x920f])('%i is done', (sw) => {
  expect(isDone(sw)).toBe(true);
});

test.each([0x6200, 0x6282, 0x63c2, 0x6a82, 0x6c10, 0x9240, 0x9210, 0x9300, 0x9404, 0x9804, 0x9e10])(
  '%i is not done',
  (sw) => {
    expect(isDone(sw)).toBe(false);
  },
);

test.each([
  [0x6982, 'SECURITY_ACCESS_DENIED', 'security'],
  [0x9804, 'SECURITY_ACCESS_DENIED', 'security'],
  [0x63c1, 'SECURITY_PIN_WRONG', 'security'],
  [0x63c0, 'SECURITY_BLOCKED', 'security'],
  [0x6983, 'SECURITY_BLOCKED', 'security'],
  [0x9840, 'SECURITY_BLOCKED', 'security'],
  [0x6984, 'SECURITY_PIN_UNUSABLE', 'security'],
  [0x9802, 'SECURITY_PIN_UNUSABLE', 'security'],
  [0x6a82, 'CARD_FILE_NOT_FOUND', 'card'],
  [0x9404, 'CARD_FILE_NOT_FOUND', 'card'],
  [0x6a83, 'CARD_RECORD_NOT_FOUND', 'card'],
  [0x9402, 'CARD_RECORD_NOT_FOUND', 'card'],
  [0x6581, 'CARD_MEMORY', 'card'],
  [0x6a84, 'CARD_MEMORY', 'card'],
  [0x9240, 'CARD_MEMORY', 'card'],
  [0x6d00, 'CARD_STATUS', 'card'],
  [0x6e00, 'CARD_STATUS', 'card'],
  [0x6700, 'CARD_STATUS', 'card'],
  [0x1234, 'CARD_STATUS', 'card'],
])('%i becomes %s', (sw, code, kind) => {
  const error = statusError(sw, 'SELECT 3F00/7F50', { path: '3F00/7F50' });
  const word = sw.toString(16).toUpperCase();
  expect(error).toMatchObject({
    code,
    kind,
    details: { sw: word, path: '3F00/7F50', action: 'SELECT 3F00/7F50' },
  });
  expect(error.message).toContain(`(status word ${word})`);
  expect(error.next).not.toBe('');
});

test('tries are told in words and as a number', () => {
  expect(explainStatus(0x63c3)).toMatchObject({ tries: 3, meaning: expect.stringContaining('3 tries left') });
  expect(explainStatus(0x63c1)).toMatchObject({ tries: 1, meaning: expect.stringContaining('1 try left') });
  expect(explainStatus(0x63c0)).toMatchObject({ tries: 0, meaning: expect.stringContaining('no try left') });
  expect(statusError(0x63c2, 'VERIFY').details).toMatchObject({ tries: 2 });
});

test('every status word that the code names has a meaning of its own', () => {
  for (const sw of [...Object.values(SW), ...Object.values(SW_2G)]) {
    expect(explainStatus(sw).meaning).not.toMatch(/no standard here defines/);
  }
});

test('any two octets are explained', () => {
  for (let sw = 0; sw <= 0xffff; sw++) expect(explainStatus(sw).meaning).not.toBe('');
});
