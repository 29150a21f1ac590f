/** Media types, Accept and OMADM-Accept (§5.5, RFC 9110 §8.3.1 and §12.5.1), status codes (Appendix C). */
import { COMMANDS } from '../../src/dm/messages.js';
import {
  acceptHeader,
  formatAccept,
  isStatus,
  negotiate,
  parseAccept,
  parseMediaType,
  STATUS,
  statusLabel,
} from '../../src/dm/packages/index.js';

const refused = (act: () => unknown) =>
  expect(act).toThrow(expect.objectContaining({ code: 'DATA_MEDIA_TYPE' }));

describe('media types', () => {
  test('case, white space, quoted values', () => {
    const { essence, parameters } = parseMediaType('  Application/DMMO+JSON ; Charset="u\\"t;f" ;x=Y; ');
    expect(essence).toBe('application/dmmo+json');
    expect([...parameters]).toEqual([
      ['charset', 'u"t;f'],
      ['x', 'Y'],
    ]);
  });
  test.each([
    '',
    'text',
    'text/',
    '/plain',
    'text/plain x',
    'text/plain;a=1;a=2',
    'a/b;c="',
    'a/b,c/d',
    `a/${'b'.repeat(1024)}`,
  ])('%j is refused', (text) => refused(() => parseMediaType(text)));
});

describe('Accept', () => {
  test('ranges with q and parameters; empty elements are allowed', () => {
    const ranges = parseAccept(', text/plain;q=0.5, */*;q=0.001,,Application/X;v=1;q=1.000 ');
    expect(ranges.map(({ range, parameters, q }) => [range, [...parameters], q])).toEqual([
      ['text/plain', [], 0.5],
      ['*/*', [], 0.001],
      ['application/x', [['v', '1']], 1],
    ]);
  });

  test.each([
    'text',
    'text/plain;q=2',
    'text/plain;q=0.1234',
    'text/plain;q=-1',
    'text/plain;q',
    'a/b c/d',
    new Array(65).fill('a/b').join(','),
  ])('%j is refused', (header) => refused(() => parseAccept(header)));

  test.each<[string | undefined, string | undefined]>([
    [undefined, 'a/json'],
    ['', 'a/json'],
    ['*/*', 'a/json'],
    ['a/*', 'a/json'],
    ['b/xml', 'b/xml'],
    ['B/XML', 'b/xml'],
    ['a/json;q=0.4, b/xml;q=0.5', 'b/xml'],
    ['a/json;q=0.5, b/xml;q=0.5', 'a/json'],
    ['*/*;q=0.1, a/json;q=0', 'b/xml'],
    ['a/json;q=0', undefined],
    ['c/*', undefined],
    ['a/js', undefined],
    ['a/json;v=2', undefined],
    ['a/*;q=0, a/json', 'a/json'],
  ])('%j chooses %j', (accept, chosen) => {
    expect(negotiate(accept, ['a/json', 'b/xml'])).toBe(chosen);
  });

  test('parameters of what is offered count', () => {
    expect(negotiate('a/b;v=1;q=0.2, a/b', ['a/b;v=1', 'a/b'])).toBe('a/b');
  });

  test('what we send', () => {
    expect(acceptHeader()).toBe('application/vnd.oma.dm.request+json');
    expect(formatAccept(['a/b', 'c/d'])).toBe('a/b, c/d');
  });
});

/** The table of Appendix C, typed in: code, label, the commands that have it. */
const APPENDIX_C: readonly [number, string, string][] = [
  [200, 'OK', 'all'],
  [202, 'Accepted', 'EXEC'],
  [204, 'No Content', 'GET'],
  [304, 'Not Modified', 'GET HPUT HPOST'],
  [400, 'Bad Request', 'all'],
  [403, 'Forbidden', 'HGET HPUT HPOST DELETE EXEC GET DEFAULT SUB UNSUB'],
  [404, 'Not Found', 'HGET HPUT HPOST DELETE EXEC GET DEFAULT SUB UNSUB'],
  [405, 'Command Not Allowed', 'EXEC DELETE'],
  [406, 'Not Acceptable', 'HPUT HPOST'],
  [415, 'Unsupported Media Type', 'HGET'],
  [419, 'ServerURI Error', 'HGET HPUT HPOST'],
  [500, 'Internal Error', 'all'],
  [501, 'Not Implemented', 'all'],
  [503, 'Service Unavailable', 'all'],
  [506, 'Device Full', 'HGET'],
  [507, 'User Rejected', 'all'],
];

describe('Appendix C', () => {
  test.each(APPENDIX_C)('%d %s: %s', (code, label, commands) => {
    expect(statusLabel(code)).toBe(label);
    const applied = COMMANDS.filter((command) => isStatus(code, command));
    expect(applied.toSorted()).toEqual((commands === 'all' ? [...COMMANDS] : commands.split(' ')).toSorted());
  });

  test('nothing else but 1000 to 1999', () => {
    expect(STATUS.map(({ code }) => code)).toEqual(APPENDIX_C.map(([code]) => code));
    expect([999, 1000, 1999, 2000, 201, 401].map((code) => isStatus(code))).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(isStatus(1200, 'SHOW')).toBe(true);
    expect([statusLabel(1200), statusLabel(201)]).toEqual(['application specific', 'not a status of DM 2.0']);
  });
});
