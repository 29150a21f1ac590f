/** WWW-Authenticate and Authorization (RFC 9110 §11), typed in from the RFCs. */
import { DataError } from '../../src/errors/index.js';
import { formatAuthField, parseChallenges, parseCredentials } from '../../src/net/index.js';

const shown = (text: string) =>
  parseChallenges(text).map(({ scheme, token68, params }) => ({
    scheme,
    ...(token68 === undefined ? {} : { token68 }),
    ...Object.fromEntries(params),
  }));

test('RFC 9110 §11.6.1: several challenges, commas in quotes, empty list elements', () => {
  expect(shown('Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""')).toEqual([
    { scheme: 'basic', realm: 'simple' },
    { scheme: 'newauth', realm: 'apps', type: '1', title: 'Login to "apps"' },
  ]);
  expect(shown(', ,Digest realm = "a, b=c",, qop="auth,auth-int" ,Negotiate')).toEqual([
    { scheme: 'digest', realm: 'a, b=c', qop: 'auth,auth-int' },
    { scheme: 'negotiate' },
  ]);
});

test('token68 (RFC 7617 §2)', () => {
  expect(shown('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toEqual([
    { scheme: 'basic', token68: 'QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
  ]);
  expect(shown('Negotiate abc, Basic realm="x"')).toEqual([
    { scheme: 'negotiate', token68: 'abc' },
    { scheme: 'basic', realm: 'x' },
  ]);
});

test('Mufasa (RFC 7616 §3.9.1): the request header', () => {
  const { scheme, params } = parseCredentials(
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
      'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
      'response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );
  expect(scheme).toBe('digest');
  expect(params.get('nc')).toBe('00000001');
  expect(params.get('nonce')).toBe('7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v');
  expect(params.size).toBe(10);
});

test.each([
  ['', 0],
  ['"x"', 0],
  ['Digest realm x', 13],
  ['Digest realm=@', 13],
  ['Digest realm="open', 13],
  ['Digest realm="a" nonce="b"', 17],
  ['Digest realm="a", realm="b"', 27],
  ['Digest realm="a\u0000"', 13],
  ['Digest, =x', 8],
])('malformed: %j', (text, offset) => {
  expect(() => parseChallenges(text)).toThrow(
    expect.objectContaining({ code: 'DATA_HTTP_AUTHENTICATION', details: { offset } }),
  );
});

test('bounded: length, parameters, one scheme in Authorization', () => {
  const many = Array.from({ length: 33 }, (_, n) => `p${n}=1`).join(', ');
  expect(() => parseChallenges(`Digest ${many}`)).toThrow(DataError);
  expect(() => parseChallenges(`Digest a="${'x'.repeat(9_000)}"`)).toThrow(/8192 octets/);
  expect(() => parseCredentials('Basic YTpi, Basic YTpi')).toThrow(/more than one scheme/);
});

test('written: quotes escaped, tokens bare, control characters refused', () => {
  expect(
    formatAuthField('Digest', [
      ['realm', 'a "b" \\c'],
      ['algorithm', 'SHA-256'],
      ['qop', 'auth'],
    ]),
  ).toBe('Digest realm="a \\"b\\" \\\\c", algorithm=SHA-256, qop="auth"');
  expect(() => formatAuthField('Basic', [['realm', 'a\r\nSet-Cookie: x']])).toThrow(
    expect.objectContaining({ code: 'DATA_HTTP_AUTHENTICATION' }),
  );
});
