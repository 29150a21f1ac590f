/** Digest: the published examples, the server's judgement, and the client's answer. */
import { createHash } from 'node:crypto';
import {
  answerChallenge,
  authenticate,
  basicAuthenticator,
  chooseChallenge,
  digestAuthenticator,
  digestHa1,
  digestResponse,
  type HttpSecret,
} from '../../src/net/index.js';

const RFC7616 = {
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  qop: { nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
};

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
] as const)('RFC 7616 §3.9.1: Mufasa by %s', (algorithm, response) => {
  const ha1 = digestHa1(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life');
  expect(digestResponse(ha1, { algorithm, ...RFC7616 })).toBe(response);
});

test('RFC 2617 §3.5: Mufasa by MD5', () => {
  const ha1 = digestHa1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
  const input = {
    algorithm: 'MD5',
    method: 'GET',
    uri: '/dir/index.html',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    qop: { nc: '00000001', cnonce: '0a4f113b' },
  } as const;
  expect(digestResponse(ha1, input)).toBe('6629fae49393a05397450978507c4ef1');
});

let now = new Date('2026-01-01T00:00:00Z');
const users = new Map<string, HttpSecret>([
  ['device-1', { password: 'secret' }],
  ['hashed', { ha1: { MD5: digestHa1('MD5', 'hashed', 'dm', 'secret') } }],
  ['Jäson Doe', { password: 'Secret, or not?' }],
]);
const authenticators = [
  digestAuthenticator({
    realm: 'dm',
    lookup: (user) => users.get(user),
    clock: () => now,
    nonceLifeMs: 60_000,
  }),
  basicAuthenticator({ realm: 'dm', lookup: (user) => users.get(user) }),
];
const judge = (authorization: string | undefined, tls?: object, path = '/dm') =>
  authenticate(
    { method: 'POST', path, headers: authorization === undefined ? {} : { authorization }, tls },
    authenticators,
  );

async function challenges(tls?: object): Promise<readonly string[]> {
  const outcome = await judge(undefined, tls);
  if (outcome.ok) throw new Error('not challenged');
  return outcome.challenges;
}

/** A digest by hand: no code of ours computes it. */
function byHand(nonce: string, change: Partial<Record<string, string>> = {}): string {
  const h = (text: string) => createHash('sha256').update(text).digest('hex');
  const p = {
    user: 'device-1',
    password: 'secret',
    nc: '00000001',
    uri: '/dm',
    qop: 'auth',
    realm: 'dm',
    ...change,
  };
  const response = h(
    `${h(`${p.user}:dm:${p.password}`)}:${nonce}:${p.nc}:0a4f113b:auth:${h(`POST:${p.uri}`)}`,
  );
  return (
    `Digest username="${p.user}", realm="${p.realm}", nonce="${nonce}", uri="${p.uri}", algorithm=SHA-256, ` +
    `response="${response}", qop=${p.qop}, nc=${p.nc}, cnonce="0a4f113b"`
  );
}

const nonceOf = (challenge: string): string => /nonce="([^"]+)"/.exec(challenge)![1]!;

beforeEach(() => {
  now = new Date('2026-01-01T00:00:00Z');
});

test('challenges: SHA-256 first, then MD5; Basic over TLS only', async () => {
  expect((await challenges()).map((one) => one.replace(/nonce="[^"]+"/, 'nonce="…"'))).toEqual([
    'Digest realm="dm", qop="auth", algorithm=SHA-256, nonce="…", charset=UTF-8',
    'Digest realm="dm", qop="auth", algorithm=MD5, nonce="…", charset=UTF-8',
  ]);
  expect((await challenges({}))[2]).toBe('Basic realm="dm", charset=UTF-8');
});

test('a response made by hand is accepted once for each count', async () => {
  const nonce = nonceOf((await challenges())[0]!);
  expect(await judge(byHand(nonce))).toEqual({ ok: true, user: 'device-1' });
  expect(await judge(byHand(nonce))).toMatchObject({ ok: false, reason: 'the nonce is replayed' });
  expect(await judge(byHand(nonce, { nc: '00000005' }))).toMatchObject({ ok: true });
  expect(await judge(byHand(nonce, { nc: '00000003' }))).toMatchObject({ ok: true });
  expect(await judge(byHand(nonce, { nc: '00000003' }))).toMatchObject({ ok: false });
  expect(await judge(byHand(nonce, { nc: '000000ff' }))).toMatchObject({ ok: true });
  expect(await judge(byHand(nonce, { nc: '00000006' }))).toMatchObject({ ok: false });
  expect(await judge(byHand(nonce, { nc: '00000000' }))).toMatchObject({ ok: false });
});

test('an old nonce is stale, which the new challenge says', async () => {
  const nonce = nonceOf((await challenges())[0]!);
  now = new Date('2026-01-01T00:01:01Z');
  const outcome = await judge(byHand(nonce));
  expect(outcome).toMatchObject({ ok: false, reason: 'the nonce is stale' });
  expect(outcome.ok === false && outcome.challenges[0]).toContain('stale=true');
});

test.each([
  ['another password', { password: 'wrong' }, 'wrong user or password'],
  ['an unknown user', { user: 'nobody' }, 'wrong user or password'],
  ['another target', { uri: '/other' }, 'made for another target'],
  ['another realm', { realm: 'x' }, 'another user or realm form'],
  ['auth-int', { qop: 'auth-int' }, 'no quality of protection "auth"'],
  ['a count that is no number', { nc: '0000000g' }, 'no quality of protection "auth"'],
])('refused: %s', async (_, change, reason) => {
  const nonce = nonceOf((await challenges())[0]!);
  expect(await judge(byHand(nonce, change))).toMatchObject({ ok: false, reason });
});

test('a nonce that is not ours is refused before the password is looked at', async () => {
  const nonce = nonceOf((await challenges())[0]!);
  const forged = `${nonce.slice(0, -1)}${nonce.endsWith('0') ? '1' : '0'}`;
  expect(await judge(byHand(forged))).toMatchObject({ ok: false, reason: 'a nonce that is not ours' });
});

test('a user known by an MD5 hash cannot be entered by SHA-256', async () => {
  const [sha, md5] = await challenges();
  const answer = (challenge: string) =>
    answerChallenge(
      chooseChallenge(challenge)!,
      { user: 'hashed', password: 'secret' },
      { method: 'POST', uri: '/dm' },
      'c',
    );
  expect(await judge(answer(sha!))).toMatchObject({ ok: false });
  expect(await judge(answer(md5!))).toEqual({ ok: true, user: 'hashed' });
});

test('RFC 7616 §3.9.2: a user beyond ASCII, in username*', async () => {
  const nonce = nonceOf((await challenges())[0]!);
  const header = byHand(nonce, { user: 'Jäson Doe', password: 'Secret, or not?' });
  const extended = header.replace('username="Jäson Doe"', "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe");
  expect(await judge(extended.replace('%C3%B8', 'o'))).toEqual({ ok: true, user: 'Jäson Doe' });
  expect(await judge(extended)).toMatchObject({ ok: false });
});

test('Basic: RFC 7617 §2, over TLS only', async () => {
  const token = `Basic ${Buffer.from('device-1:secret').toString('base64')}`;
  expect(await judge(token, {})).toEqual({ ok: true, user: 'device-1' });
  expect(await judge(token)).toMatchObject({ ok: false, reason: 'the scheme basic is not offered' });
  expect(await judge(`Basic ${Buffer.from('device-1:Secret').toString('base64')}`, {})).toMatchObject({
    ok: false,
  });
  expect(await judge(`Basic ${Buffer.from('hashed:secret').toString('base64')}`, {})).toMatchObject({
    ok: true,
  });
  for (const bad of ['Basic', 'Basic ?', 'Basic YQ==', 'Basic gDph', 'Bearer x', 'Digest']) {
    expect(await judge(bad, {})).toMatchObject({ ok: false });
  }
});

test('the client takes SHA-256 before MD5 before Basic, and nothing that it cannot compute', () => {
  const digest = (more: string) => `Digest realm="r", nonce="n", ${more}`;
  const chosen = (header: string) => {
    const state = chooseChallenge(header);
    return state === undefined ? undefined : `${state.scheme} ${state.algorithm}`;
  };
  expect(chosen(`Basic realm="r", ${digest('qop="auth"')}, ${digest('qop="auth", algorithm=SHA-256')}`)).toBe(
    'digest SHA-256',
  );
  expect(chosen(`Basic realm="r", ${digest('qop="auth"')}`)).toBe('digest MD5');
  expect(chosen('Basic realm="r"')).toBe('basic MD5');
  expect(chosen(digest('qop="auth-int"'))).toBeUndefined();
  expect(chosen(digest('qop="auth", algorithm=MD5-sess'))).toBeUndefined();
  expect(chosen('Negotiate')).toBeUndefined();
});

test('the client writes the header of RFC 7616 §3.9.1', () => {
  const state = chooseChallenge(
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  )!;
  const account = { user: 'Mufasa', password: 'Circle of Life' };
  expect(answerChallenge(state, account, RFC7616, RFC7616.qop.cnonce)).toBe(
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
      'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
      'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", ' +
      'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );
  expect(answerChallenge(state, account, RFC7616, 'c')).toContain('nc=00000002');
});
