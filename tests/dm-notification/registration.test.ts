/** The form that registers a device for push messages (E.2.3), both sides. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import { encodePushRegistration, parsePushRegistration } from '../../src/dm/notification/index.js';
import { SimbootError } from '../../src/errors/index.js';

const read = (body: string, limits = {}) => {
  const { regId, parameters } = parsePushRegistration(encodeUtf8(body), limits);
  return [regId, Object.fromEntries(parameters)];
};
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

test.each([
  ['APA91b:x_y-z', undefined, 'RegId=APA91b%3Ax_y-z'],
  ['a&b=c d', '', 'RegId=a%26b%3Dc%20d'],
  ['r', 'tenant=7&model=x%20y', 'RegId=r&tenant=7&model=x%20y'],
  ['r', '?tenant=7', 'RegId=r&tenant=7'],
  ['r', 'name=é "x"', 'RegId=r&name=%C3%A9%20%22x%22'],
])('%j with %j is written as %j', (regId, parameters, body) => {
  expect(decodeUtf8(encodePushRegistration(regId, parameters))).toBe(body);
});

test.each<[string, unknown]>([
  ['RegId=r', ['r', {}]],
  ['RegID=r', ['r', {}]],
  ['regid=r', ['r', {}]],
  ['tenant=7&RegId=a%3Ab&x', ['a:b', { tenant: '7', x: '' }]],
  ['&RegId=r&&RegID=r&', ['r', {}]],
  ['RegId=r&n=é', ['r', { n: 'é' }]],
  ['RegId=a=b', ['a=b', {}]],
])('%j is read', (body, value) => {
  expect(read(body)).toEqual(value);
});

test.each([
  ['', 'DATA_FORM'],
  ['tenant=7', 'DATA_FORM'],
  ['RegId=', 'DATA_FORM'],
  ['RegId=a&RegID=b', 'DATA_FORM'],
  ['RegId=a+b', 'DATA_FORM'],
  ['RegId=%C3%A9', 'DATA_FORM'],
  [`RegId=${'a'.repeat(4097)}`, 'DATA_FORM'],
  ['RegId=%', 'DATA_FORM'],
  ['RegId=%FF', 'DATA_FORM'],
  [`RegId=${'a'.repeat(16_384)}`, 'DATA_LIMIT'],
  [`RegId=a${'&x=1'.repeat(64)}`, 'DATA_LIMIT'],
])('%# is refused', (body, code) => {
  expect(codeOf(() => read(body))).toBe(code);
});

test('an empty RegId is not written', () => {
  expect(codeOf(() => encodePushRegistration(''))).toBe('DATA_FORM');
});

test('names of the prototype are fields like others', () => {
  const { parameters } = parsePushRegistration(encodeUtf8('RegId=r&__proto__=1'));
  expect([...parameters]).toEqual([['__proto__', '1']]);
});
