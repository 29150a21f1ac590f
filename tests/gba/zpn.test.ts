/** Requests and answers of push information as TS 29.309 writes them, by hand, in both directions. */
import { fromHex } from '../../src/bytes/index.js';
import {
  type PushInfoRequest,
  pushInfoAnswerFromJson,
  pushInfoAnswerToJson,
  pushInfoRequestFromJson,
  pushInfoRequestToJson,
} from '../../src/gba/index.js';

const REQUEST = {
  ueId: 'tel:+491700000001',
  ueIdType: 'PUBLIC',
  uiccAppLabel: 'USIM',
  nafId: { nafFqdn: 'dm.example.com', uaSecProtId: '03ff000001' },
  ptId: 'p1@naf',
  uiccOrMe: 'GBA_U',
  requestedLifeTime: '2026-11-22T12:10:00.000Z',
  privateIdRequest: true,
  auts: '0102030405060708090a0b0c0d0e',
  rand: '23553cbe9637a89d218ae64dae47bf35',
};
const request: PushInfoRequest = {
  ueId: 'tel:+491700000001',
  ueIdType: 'PUBLIC',
  uiccAppLabel: 'USIM',
  nafId: { nafFqdn: 'dm.example.com', uaSecProtId: fromHex('03ff000001') },
  ptId: 'p1@naf',
  uiccOrMe: 'GBA_U',
  requestedLifeTime: new Date('2026-11-22T12:10:00Z'),
  privateIdRequest: true,
  resynchronisation: {
    auts: fromHex('0102030405060708090a0b0c0d0e'),
    rand: fromHex('23553cbe9637a89d218ae64dae47bf35'),
  },
};
const ANSWER = {
  meKeyMaterial: '11'.repeat(32),
  uiccKeyMaterial: '22'.repeat(32),
  gbaPushInfo: '53424750',
  keyExpiryTime: '2026-11-22T12:10:00.000Z',
  impi: 'a@b',
};
const answer = {
  meKeyMaterial: new Uint8Array(32).fill(0x11),
  uiccKeyMaterial: new Uint8Array(32).fill(0x22),
  gbaPushInfo: fromHex('53424750'),
  keyExpiryTime: new Date('2026-11-22T12:10:00Z'),
  impi: 'a@b',
};

test('requests', () => {
  expect(pushInfoRequestToJson(request)).toEqual(REQUEST);
  expect(pushInfoRequestFromJson({ ...REQUEST, gsIds: [1], supportedFeatures: '0' })).toEqual(request);
  const { auts, rand, privateIdRequest, ...least } = REQUEST;
  expect(pushInfoRequestToJson(pushInfoRequestFromJson(least))).toEqual(least);
});

test('answers', () => {
  expect(pushInfoAnswerToJson(answer)).toEqual(ANSWER);
  expect(pushInfoAnswerFromJson({ ...ANSWER, uss: 'ignored' })).toEqual(answer);
  const least = { meKeyMaterial: ANSWER.meKeyMaterial, gbaPushInfo: '00' };
  expect(pushInfoAnswerToJson(pushInfoAnswerFromJson(least))).toEqual(least);
});

test.each([
  ['no object', [], '$: an object'],
  ['a member missing', { ...REQUEST, ueId: undefined }, '$.ueId: it is missing'],
  ['an empty text', { ...REQUEST, ptId: '' }, '$.ptId: a text'],
  ['a text that is too long', { ...REQUEST, ptId: 'x'.repeat(513) }, '$.ptId: a text'],
  ['another kind of identity', { ...REQUEST, ueIdType: 'SECRET' }, '$.ueIdType: PUBLIC or PRIVATE'],
  [
    'an identifier of four octets',
    { ...REQUEST, nafId: { ...REQUEST.nafId, uaSecProtId: '03ff0000' } },
    '$.nafId.uaSecProtId: 10 hex',
  ],
  ['no date', { ...REQUEST, requestedLifeTime: 'tomorrow' }, '$.requestedLifeTime: a date'],
  ['AUTS without RAND', { ...REQUEST, rand: undefined }, '$.auts: auts and rand come together'],
  ['a number for a flag', { ...REQUEST, privateIdRequest: 1 }, '$.privateIdRequest: true or false'],
  ['a prototype for an object', { ...REQUEST, nafId: null }, '$.nafId: it is missing'],
])('refused with the place: %s', (_, json, message) => {
  expect(() => pushInfoRequestFromJson(json)).toThrow(
    expect.objectContaining({ code: 'DATA_ZPN', message: expect.stringContaining(message) }),
  );
});

test('an answer with keys of another length, or in no hex, is refused', () => {
  for (const [name, value] of [
    ['meKeyMaterial', '11'],
    ['uiccKeyMaterial', '11'.repeat(31)],
    ['gbaPushInfo', 'xyz'],
    ['gbaPushInfo', 7],
  ])
    expect(() => pushInfoAnswerFromJson({ ...ANSWER, [name as string]: value })).toThrow(`$.${name}`);
});
