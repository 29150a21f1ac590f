/** Campaigns: the BSF's core, real devices' receivers, and bearers that lose, repeat and damage. Time is by hand. */
import {
  Campaign,
  type CampaignOptions,
  freshAccount,
  type PushParts,
  readPushAnswers,
  runPush,
} from '../../src/app/index.js';
import { PushReceiver, parseBootstrap } from '../../src/bootstrap/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { createAuts, Milenage, openAutn, SqnArray, sqnFromNumber } from '../../src/crypto/index.js';
import { memoryStore, type ServerStore } from '../../src/dm/index.js';
import { DataError, NetworkError, UsageError } from '../../src/errors/index.js';
import {
  memoryPushes,
  memorySubscribers,
  type PushStore,
  queuedPush,
  retrievePushInfo,
  type SubscriberStore,
  subscriptionFunctions,
  UA_SIMULATOR,
} from '../../src/gba/index.js';

const OPC = fromHex('cd63cb71954a9f4e48a5994e37a02baf');
const server = { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' };
const impi = (n: number) => `00101000000000${n}@ims.example`;

let now: number;
let accounts: ServerStore;
let pushes: PushStore;
let subscribers: SubscriberStore;
let seed: number;
let leaving: (PushParts & { address: string })[];

beforeEach(() => {
  now = Date.parse('2026-11-22T12:00:00Z');
  accounts = memoryStore();
  pushes = memoryPushes();
  subscribers = memorySubscribers();
  seed = 0;
  leaving = [];
});

const random = (octets: number) => {
  seed++;
  return Uint8Array.from({ length: octets }, (_, at) => (seed * 31 + at * 7) & 0xff);
};

function options(more: Partial<CampaignOptions> = {}): CampaignOptions {
  return {
    campaignId: 'c1',
    pushes,
    accounts,
    server,
    naf: { fqdn: 'dm.example.com', uaId: UA_SIMULATOR },
    clock: () => new Date(now),
    random,
    bearer: async (address, parts) => void leaving.push({ address, ...parts }),
    async source(request) {
      const record = await subscribers.subscriber(request.ueId, request.ueIdType);
      const result = retrievePushInfo(
        request,
        record && { ...record, functions: subscriptionFunctions(record.keys) },
        { now: new Date(now), random, longestLife: 86_400 },
      );
      if (result.kind === 'refused')
        throw new NetworkError('NETWORK_BSF', 'no', { details: { cause: result.cause } });
      await subscribers.advanceSqn(record!.impi, record!.sqn, result.sqn);
      return result.answer;
    },
    ...more,
  };
}

async function enlist(count: number, known = count) {
  const records = Array.from({ length: count }, (_, n) => n);
  await subscribers.putSubscribers(
    records.slice(0, known).map((n) => ({
      impi: impi(n),
      publicIds: [],
      keys: { algorithm: 'milenage', k: new Uint8Array(16).fill(n + 1), opc: OPC },
      amf: fromHex('8000'),
      sqn: new Uint8Array(6),
      gbaU: false,
    })),
  );
  await pushes.putPushes(
    records.map((n) =>
      queuedPush(
        {
          campaignId: 'c1',
          ueId: impi(n),
          ueIdType: 'PRIVATE',
          address: `udp:192.0.2.${n}:2948`,
          gba: 'GBA_ME',
        },
        now,
      ),
    ),
  );
}

/** The device of subscriber n, whose SIM is Milenage itself. */
function deviceOf(n: number): PushReceiver {
  const functions = new Milenage({ k: new Uint8Array(16).fill(n + 1), opc: OPC });
  return new PushReceiver({
    impi: impi(n),
    clock: () => new Date(now),
    card: {
      async authenticate(rand, autn) {
        const opened = openAutn(functions, rand, autn);
        if (opened === undefined) throw new Error('wrong MAC');
        return { kind: 'accepted', ck: opened.ck, ik: opened.ik };
      },
      gbaKey: () => Promise.reject(new Error('no GBA_U')),
    },
  });
}

/** The session that follows a bootstrap, as the DM server keeps it. */
async function comes(n: number, document: Uint8Array) {
  const account = await accounts.account(`dms1/${impi(n)}`);
  const { accounts: told } = parseBootstrap(document);
  const identity = Buffer.from(told[0]!.auth!.trsp!.data).toString();
  expect(
    account!.credentials.some((each) => each.kind === 'identity-secret' && each.identity === identity),
  ).toBe(true);
  const devId = `IMEI:00000000000000${n}`;
  const device = {
    devId,
    accountId: account!.accountId,
    addresses: [],
    lastNotificationId: -1,
    firstSeenAt: now,
  };
  await accounts.apply(devId, [
    { type: 'bind', accountId: account!.accountId, devId },
    { type: 'device', record: { ...device, bootstrappedAt: now, bootstrappedAs: identity } },
  ]);
}

/** Lets a campaign work off what is due now. */
async function turn(campaign: Campaign) {
  const stop = new AbortController();
  const running = campaign.run(stop.signal);
  await new Promise((done) => setTimeout(done, 30));
  stop.abort();
  await running;
}

async function receive(device: PushReceiver, parts: PushParts): Promise<Uint8Array> {
  expect((await device.pushInfo(parts.pushInfo)).kind).toBe('associated');
  const received = device.message(parts.message);
  if (received.kind !== 'bootstrap') throw new Error(received.kind);
  return received.document;
}

test('every device gets credentials of its own, comes with them, and then nothing secret is kept', async () => {
  await enlist(3);
  const campaign = new Campaign(options());
  await turn(campaign);
  expect(leaving.map(({ address }) => address).sort()).toEqual([0, 1, 2].map((n) => `udp:192.0.2.${n}:2948`));
  const documents = new Set<string>();
  for (const parts of leaving) {
    const n = Number(parts.address.split('.')[3]!.split(':')[0]);
    const document = await receive(deviceOf(n), parts);
    documents.add(toHex(document));
    now += 10;
    await comes(n, document);
  }
  expect(documents.size).toBe(3);
  await turn(campaign);
  expect(await pushes.pushCounts('c1')).toMatchObject({ bootstrapped: 3, sent: 0 });
  expect((await pushes.pushes('c1')).every(({ document }) => document === undefined)).toBe(true);
});

test('a lost push comes again with the same credentials under a new association', async () => {
  await enlist(1);
  const campaign = new Campaign(options());
  await turn(campaign);
  now += 60_000;
  await turn(campaign);
  expect(leaving).toHaveLength(2);
  expect(toHex(leaving[0]!.pushInfo)).not.toBe(toHex(leaving[1]!.pushInfo));
  const first = await receive(deviceOf(0), leaving[0]!);
  const second = await receive(deviceOf(0), leaving[1]!);
  expect(toHex(first)).toBe(toHex(second));
});

test('a process that dies anywhere goes on with the same credentials', async () => {
  await enlist(1);
  const dies = () => Promise.reject(new Error('power'));
  await expect(new Campaign(options({ bearer: dies })).run(new AbortController().signal)).rejects.toThrow(
    'power',
  );
  const kept = await pushes.push('c1', impi(0));
  expect(kept).toMatchObject({ state: 'requested', attempts: 1 });
  await turn(new Campaign(options()));
  expect(leaving).toHaveLength(0); // the lease of the one that died
  now += 120_000;
  await turn(new Campaign(options()));
  expect(toHex(await receive(deviceOf(0), leaving[0]!))).toBe(toHex(kept!.document!));
});

test('it ends after the last attempt, and says why', async () => {
  await enlist(1);
  const campaign = new Campaign(options({ policy: { attempts: 2, firstWaitMs: 1000 } }));
  for (let round = 0; round < 4; round++) {
    await turn(campaign);
    now += 10_000;
  }
  expect(leaving).toHaveLength(2);
  expect(await pushes.push('c1', impi(0))).toMatchObject({
    state: 'failed',
    attempts: 2,
    reason: 'the device did not come',
  });
});

test('a subscriber that the BSF does not know fails at once; a BSF that is down is asked again', async () => {
  await enlist(2, 1);
  let down = true;
  const { source } = options();
  const flaky: CampaignOptions['source'] = (request, signal) => {
    if (down) throw new NetworkError('NETWORK_UNREACHABLE', 'down');
    return source(request, signal);
  };
  const campaign = new Campaign(options({ source: flaky }));
  await turn(campaign);
  expect(await pushes.push('c1', impi(0))).toMatchObject({
    state: 'queued',
    reason: 'NETWORK_UNREACHABLE: down',
  });
  down = false;
  now += 60_000;
  await turn(campaign);
  expect((await pushes.push('c1', impi(0)))?.state).toBe('sent');
  expect(await pushes.push('c1', impi(1))).toMatchObject({ state: 'failed', reason: 'NETWORK_BSF: no' });
});

test('a document that the bearer cannot carry fails at once, with the numbers', async () => {
  await enlist(1);
  const bearer = () => Promise.reject(new DataError('DATA_PUSH', 'the push has 1300 octets, more than 1200'));
  await turn(new Campaign(options({ bearer })));
  expect(await pushes.push('c1', impi(0))).toMatchObject({
    state: 'failed',
    reason: 'DATA_PUSH: the push has 1300 octets, more than 1200',
  });
});

test('rotated keys: the old ones hold until the device came with the new', async () => {
  await enlist(1);
  const first = new Campaign(options());
  await turn(first);
  now += 10;
  await comes(0, await receive(deviceOf(0), leaving[0]!));
  await turn(first);
  const old = (await accounts.account(`dms1/${impi(0)}`))!.credentials;

  now += 1000;
  const again = queuedPush(
    { campaignId: 'c2', ueId: impi(0), ueIdType: 'PRIVATE', address: 'udp:192.0.2.0:2948', gba: 'GBA_ME' },
    now,
  );
  await pushes.putPushes([again]);
  const second = new Campaign(options({ campaignId: 'c2' }));
  await turn(second);
  const both = (await accounts.account(`dms1/${impi(0)}`))!;
  expect(both.credentials).toHaveLength(2);
  expect(both.credentials[1]).toEqual(old[0]);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('sent'); // the session before it does not count
  now += 10;
  await comes(0, await receive(deviceOf(0), leaving[1]!));
  await turn(second);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('bootstrapped');
  const left = (await accounts.account(`dms1/${impi(0)}`))!.credentials;
  expect(left).toEqual([both.credentials[0]]);
});

test('a session before the campaign is none of it, also where the server kept no identity with it', async () => {
  await enlist(1);
  const first = new Campaign(options());
  await turn(first);
  now += 10;
  await comes(0, await receive(deviceOf(0), leaving[0]!));
  await turn(first);
  const devId = 'IMEI:000000000000000';
  const { bootstrappedAs: _, ...record } = (await accounts.device(devId))!;
  await accounts.apply(devId, [{ type: 'device', record }]);

  now += 1000;
  const again = { campaignId: 'c2', ueId: impi(0), ueIdType: 'PRIVATE', gba: 'GBA_ME' } as const;
  await pushes.putPushes([queuedPush({ ...again, address: 'udp:192.0.2.0:2948' }, now)]);
  const second = new Campaign(options({ campaignId: 'c2' }));
  await turn(second);
  await turn(second);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('sent');
  expect((await accounts.account(`dms1/${impi(0)}`))!.credentials).toHaveLength(2);

  now += 10;
  await accounts.apply(devId, [{ type: 'device', record: { ...record, bootstrappedAt: now } }]);
  await turn(second);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('bootstrapped');
});

test('a push of an earlier campaign that arrives late ends no credentials', async () => {
  await enlist(1);
  await turn(new Campaign(options()));
  now += 1000;
  const again = { campaignId: 'c2', ueId: impi(0), ueIdType: 'PRIVATE', gba: 'GBA_ME' } as const;
  await pushes.putPushes([queuedPush({ ...again, address: 'udp:192.0.2.0:2948' }, now)]);
  const second = new Campaign(options({ campaignId: 'c2' }));
  await turn(second);
  now += 10;
  await comes(0, await receive(deviceOf(0), leaving[0]!));
  await turn(second);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('sent');
  expect((await accounts.account(`dms1/${impi(0)}`))!.credentials).toHaveLength(2);
  await comes(0, await receive(deviceOf(0), leaving[1]!));
  await turn(second);
  expect((await pushes.push('c2', impi(0)))?.state).toBe('bootstrapped');
  expect((await accounts.account(`dms1/${impi(0)}`))!.credentials).toHaveLength(1);
});

/** The device of subscriber n, whose SIM has seen SEQ 1000 under IND 1, which the BSF's first challenge has. */
function deviceAhead(n: number): PushReceiver {
  const functions = new Milenage({ k: new Uint8Array(16).fill(n + 1), opc: OPC });
  let accepted = new SqnArray(undefined, [[1, 1000n]]);
  return new PushReceiver({
    impi: impi(n),
    clock: () => new Date(now),
    card: {
      async authenticate(rand, autn) {
        const opened = openAutn(functions, rand, autn)!;
        const next = accepted.accept(opened.sqn);
        if (next === undefined)
          return { kind: 'resynchronise', auts: createAuts(functions, rand, accepted.highest) };
        accepted = next;
        return { kind: 'accepted', ck: opened.ck, ik: opened.ik };
      },
      gbaKey: () => Promise.reject(new Error('no GBA_U')),
    },
  });
}

test('a SIM that is ahead: with its answer the BSF goes on, and the device is pushed the same credentials', async () => {
  await enlist(1);
  const device = deviceAhead(0);
  await turn(new Campaign(options()));
  const told = await device.pushInfo(leaving[0]!.pushInfo);
  if (told.kind !== 'resynchronise') throw new Error(told.kind);
  const { rand, auts } = told;
  const before = (await pushes.push('c1', impi(0)))!;
  const again = await runPush({
    ...options(),
    answers: [{ ueId: impi(0), rand, auts }],
    wait: false,
    signal: new AbortController().signal,
  });
  expect(again.counts).toMatchObject({ sent: 1 });
  expect(leaving).toHaveLength(2);
  expect(toHex(await receive(device, leaving[1]!))).toBe(toHex(before.document!));
  const record = (await pushes.push('c1', impi(0)))!;
  expect(record).toMatchObject({ state: 'sent', attempts: 1 });
  expect(record.resynchronisation).toBeUndefined();
  expect(toHex((await subscribers.subscriber(impi(0), 'PRIVATE'))!.sqn)).toBe('000000007d22'); // SEQ 1001, IND 2
});

test('answers: of a device that failed, of one that came, of nobody, and one that is not genuine', async () => {
  await enlist(3);
  const campaign = new Campaign(options({ policy: { attempts: 1, firstWaitMs: 1000 } }));
  await turn(campaign);
  now += 10;
  await comes(1, await receive(deviceOf(1), leaving.find(({ address }) => address.includes('.1:'))!));
  now += 10_000;
  await turn(campaign);
  expect(await pushes.pushCounts('c1')).toMatchObject({ bootstrapped: 1, failed: 2 });
  const of = (n: number, auts: Uint8Array) => ({ ueId: impi(n), rand: new Uint8Array(16), auts });
  const genuine = (n: number) =>
    createAuts(
      new Milenage({ k: new Uint8Array(16).fill(n + 1), opc: OPC }),
      new Uint8Array(16),
      sqnFromNumber(64_000n),
    );
  const run = (answers: ReturnType<typeof of>[]) =>
    runPush({ ...options(), answers, wait: false, signal: new AbortController().signal });
  await expect(run([of(0, genuine(0)), of(9, genuine(9))])).rejects.toMatchObject({
    code: 'USAGE_CAMPAIGN',
    message: `campaign c1 has no device ${impi(9)}`,
  });
  expect(await pushes.pushCounts('c1')).toMatchObject({ failed: 2 });
  const { counts, failed } = await run([
    of(0, genuine(0)),
    of(1, genuine(1)),
    of(2, new Uint8Array(14).fill(7)),
  ]);
  expect(counts).toMatchObject({ sent: 1, bootstrapped: 1, failed: 1 });
  expect(failed).toEqual([{ ueId: impi(2), reason: 'NETWORK_BSF: no' }]);
  expect((await pushes.push('c1', impi(2)))?.attempts).toBe(1);
});

test('a file of answers: every mistake with row and column; the last one of a device counts', () => {
  const [rand, auts] = ['0f'.repeat(16), '1e'.repeat(14)];
  const wrong = ['impi,rand,auts,colour', `a@b,0f,${auts},`, `,${rand},1e,`, `a@b,${rand},${auts},red`];
  expect(
    readPushAnswers(wrong.join('\n')).findings.map(
      ({ row, column, message }) => `${row} ${column} ${message}`,
    ),
  ).toEqual([
    '2 rand it is 16 octets as hex',
    '3 ue_id one of ue_id, impi, imsi, msisdn is needed',
    '3 auts it is 14 octets as hex',
    '4 colour there is no such column',
  ]);
  const lines = [auts, '2d'.repeat(14)].map((each) =>
    JSON.stringify({ msisdn: '+491700000001', rand, auts: each }),
  );
  expect(readPushAnswers(lines.join('\n'))).toEqual({
    answers: [{ ueId: 'tel:+491700000001', rand: fromHex(rand), auts: new Uint8Array(14).fill(0x2d) }],
    findings: [],
  });
});

test('a script for the first session goes into the account with the identity that was pushed', async () => {
  await enlist(1);
  const script = {
    kind: 'data',
    name: 'first',
    text: 'steps: [{ get: "urn:oma:mo:oma-dm-devinfo:1.2//" }]',
  } as const;
  expect(() => new Campaign(options({ firstScript: { ...script, text: 'steps: [{ fetch: a }]' } }))).toThrow(
    expect.objectContaining({ code: 'USAGE_SCRIPT' }),
  );
  await turn(new Campaign(options({ firstScript: script })));
  const { credentials, afterBootstrap } = (await accounts.account(`dms1/${impi(0)}`))!;
  expect(credentials).toEqual([expect.objectContaining({ identity: afterBootstrap!.as })]);
  expect(afterBootstrap!.script).toEqual(script);
  // Who goes on without it takes it from nobody who has it.
  now += 60_000;
  await turn(new Campaign(options()));
  expect((await accounts.account(`dms1/${impi(0)}`))!.afterBootstrap).toEqual(afterBootstrap);
});

test('a bearer that tells of the delivery, also before it is kept that the push left', async () => {
  await enlist(2);
  let campaign: Campaign;
  const bearer: CampaignOptions['bearer'] = async (address) => {
    if (address.includes('.1:')) await campaign.delivered(address);
  };
  campaign = new Campaign(options({ bearer }));
  await turn(campaign);
  expect((await pushes.push('c1', impi(0)))?.state).toBe('sent');
  expect((await pushes.push('c1', impi(1)))?.state).toBe('delivered');
  await campaign.delivered('udp:192.0.2.0:2948');
  expect((await pushes.push('c1', impi(0)))?.state).toBe('delivered');
  await campaign.delivered('udp:192.0.2.99:2948');
  expect(await pushes.pushCounts('c1')).toMatchObject({ delivered: 2 });
});

test('what is wrong with the store or the campaign stops it, and no device fails for it', async () => {
  await enlist(2);
  const running = (more: Partial<CampaignOptions>) =>
    new Campaign(options(more)).run(new AbortController().signal, { wait: false });
  const broken = {
    ...accounts,
    account: () => Promise.reject(new UsageError('USAGE_STORE_FAILED', 'the disk is full')),
  };
  await expect(running({ accounts: broken })).rejects.toMatchObject({ code: 'USAGE_STORE_FAILED' });
  expect(await pushes.pushCounts('c1')).toMatchObject({ failed: 0 });
  now += 120_000;
  const other = { ...server, srvId: 'dms2' };
  await expect(running({ server: other })).rejects.toMatchObject({
    code: 'USAGE_CAMPAIGN',
    message: expect.stringContaining('for another server than dms2'),
  });
  expect(await pushes.pushCounts('c1')).toMatchObject({ failed: 0 });
  now += 120_000;
  await running({});
  expect(await pushes.pushCounts('c1')).toMatchObject({ sent: 2 });
});

test('credentials are fresh, long, and the server’s half is that of the document', () => {
  const one = freshAccount(server, impi(0), { random, clock: () => new Date(now) });
  const [account] = parseBootstrap(one.document).accounts;
  expect(account?.auth?.trsp?.secret).toHaveLength(32);
  expect(account?.auth?.noti?.secret).toHaveLength(32);
  expect(one.account).toMatchObject({ accountId: `dms1/${impi(0)}`, srvId: 'dms1' });
});
