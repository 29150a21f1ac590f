/** 100,000 damaged headers of HTTP authentication: typed errors, nothing else. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { authenticate, digestAuthenticator, parseChallenges, parseCredentials } from '../../src/net/index.js';
import { fuzz, repeatable } from '../support/fuzz.js';

const SEEDS = [
  'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XX", opaque="FQhe/"',
  'Digest username="Mufasa", realm="dm", uri="/dm", algorithm=MD5, nonce="00", nc=00000001, cnonce="f2", qop=auth, response="8ca5"',
  'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
].map(encodeUtf8);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

test('challenges', () => {
  const { accepted, refused } = fuzz((bytes) => parseChallenges(text(bytes)), SEEDS);
  expect(accepted).toBeGreaterThan(1_000);
  expect(refused).toBeGreaterThan(1_000);
});

test('credentials', () => {
  const { refused } = fuzz((bytes) => parseCredentials(text(bytes)), SEEDS);
  expect(refused).toBeGreaterThan(1_000);
});

test('a server that gets damaged credentials challenges again', async () => {
  const authenticator = digestAuthenticator({ realm: 'dm', lookup: () => ({ password: 'x' }) });
  const random = repeatable(7);
  for (let i = 0; i < 5_000; i++) {
    const seed = Array.from(SEEDS[random(SEEDS.length)]!);
    seed[random(seed.length)] = random(256);
    const request = { method: 'POST', path: '/dm', headers: { authorization: text(Uint8Array.from(seed)) } };
    expect((await authenticate(request, [authenticator])).ok).toBe(false);
  }
});
