/** What every ServerStore must do: the same tests for the one in memory and those in databases. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import type {
  AccountRecord,
  CommandRecord,
  DeviceRecord,
  JobRecord,
  RepositoryRecord,
  ResultRecord,
  ServerStore,
  SessionRecord,
  StoreWrite,
  UiRecord,
} from '../../src/dm/index.js';
import { afterWrite, emptyState, prune } from '../../src/dm/index.js';

const DEV = 'IMEI:493005100592800';
const AT = Date.UTC(2026, 0, 1);

const device = (devId = DEV): DeviceRecord => ({
  devId,
  addresses: [{ transport: 'gcm', regId: 'reg' }],
  lastNotificationId: 65_535,
  mos: { at: AT, entries: [{ moid: 'urn:example:mo', miids: ['a', 'b'], ddf: 'https://v.example/a.ddf' }] },
  firstSeenAt: AT,
});
const account = (accountId: string, identity = accountId): AccountRecord => ({
  accountId,
  srvId: 'dms1',
  credentials: [
    { purpose: 'trsp', kind: 'identity-secret', identity, secret: Uint8Array.of(0, 1, 255) },
    { purpose: 'bootstrap', kind: 'x509', fingerprint256: `fp-${identity}` },
  ],
  noti: { secret: Uint8Array.of(7), data: new Uint8Array(0) },
  bootstrap: encodeUtf8('[]'),
  createdAt: AT,
});
const job = (jobId: string, order: number, changes: Partial<JobRecord> = {}): JobRecord => ({
  jobId,
  devId: DEV,
  order,
  script: { kind: 'data', name: 'ü', text: 'steps: []' },
  state: 'queued',
  createdAt: AT + order,
  updatedAt: AT + order,
  ...changes,
});
const command = (jobId: string, order: number, changes: Partial<CommandRecord> = {}): CommandRecord => ({
  commandId: `${jobId}/${order}`,
  devId: DEV,
  jobId,
  order,
  stepId: `s${order}`,
  item: 0,
  name: 'GET',
  parameters: ['urn:example:mo//'],
  final: false,
  idempotent: false,
  waits: false,
  state: 'queued',
  open: true,
  attempts: 0,
  ...changes,
});
const session = (sessionId: string, changes: Partial<SessionRecord> = {}): SessionRecord => ({
  sessionId,
  devId: DEV,
  state: 'open',
  origin: 'client',
  startedAt: AT,
  lastAt: AT,
  deadline: AT + 1000,
  rounds: 1,
  inFlight: ['j1/0'],
  findings: ['a $.b'],
  ...changes,
});
const result = (commandId: string, part: number): ResultRecord => ({
  commandId,
  devId: DEV,
  part,
  at: AT,
  contentType: 'text/plain',
  body: Uint8Array.of(0, 128, part),
  fromCache: false,
});
const item = (token: string, changes: Partial<RepositoryRecord> = {}): RepositoryRecord => ({
  token: token.padEnd(32, '-'),
  devId: DEV,
  commandId: 'j1/0',
  use: 'get',
  variants: [{ mcc: '262', contentType: 'text/plain', body: Uint8Array.of(1, 2) }],
  state: 'open',
  createdAt: AT,
  expiresAt: Number.MAX_SAFE_INTEGER,
  ...changes,
});
const page = (uiId: string, changes: Partial<UiRecord> = {}): UiRecord => ({
  uiId: uiId.padEnd(32, '-'),
  devId: DEV,
  commandId: 'j1/0',
  question: { kind: 'confirm', title: 'T', text: 'Q?' },
  state: 'open',
  createdAt: AT,
  expiresAt: AT + 5000,
  ...changes,
});

/** @param open a fresh, empty store each time; the suite closes it */
export function serverStoreContract(name: string, open: () => Promise<ServerStore>): void {
  describe(`${name} as a ServerStore`, () => {
    let store: ServerStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const write = async (writes: readonly StoreWrite[], devId = DEV) => {
      const { revision } = await store.load(devId);
      expect(await store.apply(devId, writes, revision)).toEqual({ ok: true, revision: revision + 1 });
    };
    /** Writes, and demands that the store loads what the core says it must. */
    const writeAndCompare = async (writes: readonly StoreWrite[]) => {
      const before = await store.load(DEV);
      await write(writes);
      const after = { ...prune(writes.reduce(afterWrite, before)), revision: before.revision + 1 };
      expect(await store.load(DEV)).toEqual(after);
    };

    test('a device never seen has an empty state', async () => {
      expect(await store.load(DEV)).toEqual(emptyState(DEV));
      expect(await store.device(DEV)).toBeUndefined();
      expect(await store.devices()).toEqual([]);
    });

    test('a step is loaded as the core says', async () => {
      await writeAndCompare([
        { type: 'device', record: device() },
        { type: 'session', record: session('s1') },
        { type: 'job', record: job('j2', 2) },
        { type: 'job', record: job('j1', 1, { state: 'running' }) },
        { type: 'command', record: command('j1', 1) },
        { type: 'command', record: command('j1', 0, { state: 'sent', attempts: 1, sentAt: AT }) },
        { type: 'result', record: result('j1/0', 0) },
        {
          type: 'alert',
          record: {
            alertId: 's1/0/0',
            devId: DEV,
            sessionId: 's1',
            at: AT + 5,
            package: 1,
            alert: { alertType: 'urn:example', mark: 'minor', dataType: 'a/b', data: { x: [1, null] } },
          },
        },
        { type: 'repository', record: item('a') },
        { type: 'repository', record: item('b', { use: 'subscription', variants: [], about: 'urn:e//' }) },
        { type: 'ui', record: page('u') },
        { type: 'notification', record: { devId: DEV, notificationId: 65_535, at: AT } },
        {
          type: 'cache',
          record: {
            devId: DEV,
            instance: 'urn:e/a',
            cv: 'c',
            at: AT,
            object: { clientUri: 'urn:e/a/', cv: 'c', moData: { a: { b: 1 } } },
          },
        },
      ]);
      await writeAndCompare([
        {
          type: 'command',
          record: command('j1', 0, { state: 'answered', status: 200, open: false, uris: ['urn:e/a/'] }),
        },
        { type: 'repository', record: item('a', { state: 'closed', usedAt: AT }) },
        { type: 'notification', record: { devId: DEV, notificationId: 65_535, at: AT, sessionId: 's1' } },
        { type: 'cache-removed', instance: 'urn:e/a' },
        { type: 'session', record: session('s1', { state: 'ended', outcome: 'finished', inFlight: [] }) },
        { type: 'job', record: job('j2', 2, { state: 'done' }) },
      ]);
      await writeAndCompare([
        { type: 'job', record: job('j1', 1, { state: 'failed', reason: 'because' }) },
        { type: 'command', record: command('j1', 1, { name: 'EXEC', state: 'answered', status: 202 }) },
      ]);
      const { commands, jobs } = await store.load(DEV);
      expect(jobs).toEqual([]);
      expect(commands.map(({ commandId }) => commandId)).toEqual(['j1/1']);
    });

    test('the open session, else the last one', async () => {
      await write([{ type: 'session', record: session('s2', { startedAt: AT + 1 }) }]);
      await write([{ type: 'session', record: session('s2', { state: 'ended', startedAt: AT + 1 }) }]);
      await write([{ type: 'session', record: session('s1', { startedAt: AT + 2 }) }]);
      expect((await store.load(DEV)).session?.sessionId).toBe('s1');
      await write([{ type: 'session', record: session('s1', { state: 'ended', startedAt: AT + 2 }) }]);
      expect((await store.load(DEV)).session).toMatchObject({ sessionId: 's1', state: 'ended' });
      expect((await store.sessions(DEV)).map(({ sessionId }) => sessionId)).toEqual(['s2', 's1']);
    });

    test('the revision: a step that came too late writes nothing', async () => {
      await write([{ type: 'device', record: device() }]);
      const late = await store.apply(DEV, [{ type: 'job', record: job('j1', 1) }], 0);
      expect(late).toEqual({ ok: false, reason: 'conflict' });
      expect(await store.job('j1')).toBeUndefined();
      expect(await store.apply(DEV, [{ type: 'job', record: job('j1', 1) }])).toEqual({
        ok: true,
        revision: 2,
      });
      expect((await store.load(DEV)).revision).toBe(2);
    });

    test('two steps at once: one of them wins', async () => {
      const both = await Promise.all(
        ['j1', 'j2'].map((jobId) => store.apply(DEV, [{ type: 'job', record: job(jobId, 1) }], 0)),
      );
      expect(both.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await store.jobs(DEV)).toHaveLength(1);
    });

    test('accounts: found by each identity for its purpose; an identity has one account', async () => {
      await store.putAccount(account('a'));
      await store.putAccount(account('b'));
      const psk = { kind: 'psk', identity: 'a' } as const;
      expect(await store.accountOf(psk, 'trsp')).toEqual(account('a'));
      expect(await store.accountOf({ kind: 'user', user: 'b' }, 'trsp')).toEqual(account('b'));
      expect(await store.accountOf(psk, 'bootstrap')).toBeUndefined();
      const card = { kind: 'x509', fingerprint256: 'fp-a' } as const;
      expect((await store.accountOf(card, 'bootstrap'))?.accountId).toBe('a');
      expect(await store.accountOf({ kind: 'none' }, 'trsp')).toBeUndefined();
      await expect(store.putAccount(account('c', 'a'))).rejects.toMatchObject({
        code: 'USAGE_ACCOUNT_IDENTITY',
      });
      expect(await store.account('c')).toBeUndefined();
      const script = { kind: 'data', name: 'first', text: 'steps: []' } as const;
      const fresh = { ...account('a', 'new'), afterBootstrap: { as: 'new', script } };
      await store.putAccount(fresh);
      expect(await store.account('a')).toEqual(fresh);
      expect(await store.accountOf(psk, 'trsp')).toBeUndefined();
      await store.putAccount(account('c', 'a'));
      expect((await store.accounts({ limit: 2 })).map(({ accountId }) => accountId)).toEqual(['a', 'b']);
      expect((await store.accounts({ after: 'b' })).map(({ accountId }) => accountId)).toEqual(['c']);
    });

    test('an account is bound to one device; the step of another one writes nothing', async () => {
      await store.putAccount(account('a'));
      const bind = (devId: string): StoreWrite[] => [
        { type: 'device', record: { ...device(devId), accountId: 'a' } },
        { type: 'bind', accountId: 'a', devId },
      ];
      await write(bind(DEV));
      await write(bind(DEV));
      expect((await store.load(DEV)).account).toEqual({ ...account('a'), devId: DEV });
      expect((await store.account('a'))?.devId).toBe(DEV);
      expect(await store.apply('IMEI:2', bind('IMEI:2'))).toEqual({ ok: false, reason: 'conflict' });
      expect(await store.device('IMEI:2')).toBeUndefined();
    });

    test('what is over stays readable', async () => {
      await write([
        { type: 'job', record: job('j1', 1, { state: 'done' }) },
        { type: 'job', record: job('j2', 2) },
        { type: 'command', record: command('j1', 1, { open: false }) },
        { type: 'command', record: command('j1', 0, { open: false, state: 'answered', status: 200 }) },
        { type: 'result', record: result('j1/0', 1) },
        { type: 'result', record: result('j1/0', 0) },
        {
          type: 'report',
          record: {
            reportId: 'r',
            devId: DEV,
            token: 't',
            clientUri: 'urn:e//',
            at: AT,
            contentType: 'text/plain',
            body: Uint8Array.of(200),
          },
        },
      ]);
      expect((await store.jobs(DEV)).map(({ jobId }) => jobId)).toEqual(['j1', 'j2']);
      expect((await store.jobs(DEV, { after: 'j1' })).map(({ jobId }) => jobId)).toEqual(['j2']);
      expect(await store.job('j1')).toEqual(job('j1', 1, { state: 'done' }));
      expect((await store.commands('j1')).map(({ order }) => order)).toEqual([0, 1]);
      expect(await store.results('j1')).toEqual([result('j1/0', 0), result('j1/0', 1)]);
      const [report] = await store.reports(DEV);
      expect(report?.body).toEqual(Uint8Array.of(200));
    });

    test('repository items and pages by their tokens', async () => {
      await write([
        { type: 'repository', record: item('a') },
        { type: 'ui', record: page('u') },
      ]);
      expect(await store.repository('a'.padEnd(32, '-'))).toEqual(item('a'));
      expect(await store.repository('x')).toBeUndefined();
      expect(await store.ui('u'.padEnd(32, '-'))).toEqual(page('u'));
      const answered = page('u', { state: 'answered', answer: ['ä', 'b'], answeredAt: AT });
      await write([{ type: 'ui', record: answered }]);
      expect(await store.ui('u'.padEnd(32, '-'))).toEqual(answered);
    });

    test('what is overdue', async () => {
      await write([{ type: 'session', record: session('s') }]);
      expect(await store.overdue(AT + 1000, 10)).toEqual([]);
      expect(await store.overdue(AT + 1001, 10)).toEqual([DEV]);
      await write([{ type: 'session', record: session('s', { state: 'ended' }) }]);
      expect(await store.overdue(AT + 1001, 10)).toEqual([]);
      await write([
        { type: 'job', record: job('j1', 1) },
        { type: 'command', record: command('j1', 0) },
        { type: 'ui', record: page('u') },
      ]);
      expect(await store.overdue(AT + 5001, 10)).toEqual([DEV]);
      await write([{ type: 'ui', record: page('u', { state: 'expired' }) }]);
      await write([{ type: 'repository', record: item('a', { expiresAt: AT + 9 }) }]);
      expect(await store.overdue(AT + 10, 10)).toEqual([DEV]);
    });

    test('alerts page by page; devices by DevID', async () => {
      const alert = (n: number): StoreWrite => ({
        type: 'alert',
        record: {
          alertId: `a${n}`,
          devId: DEV,
          sessionId: 's',
          at: AT + n,
          package: 3,
          alert: { alertType: 'urn:example' },
        },
      });
      await write([1, 2, 3].map(alert));
      expect((await store.alerts(DEV, { limit: 2 })).map(({ alertId }) => alertId)).toEqual(['a1', 'a2']);
      expect((await store.alerts(DEV, { after: 'a2' })).map(({ alertId }) => alertId)).toEqual(['a3']);
      await write([{ type: 'device', record: device('IMEI:2') }], 'IMEI:2');
      await write([{ type: 'device', record: device('IMEI:1') }], 'IMEI:1');
      expect((await store.devices({ limit: 1 })).map(({ devId }) => devId)).toEqual(['IMEI:1']);
      expect((await store.devices({ after: 'IMEI:1' })).map(({ devId }) => devId)).toEqual(['IMEI:2']);
    });

    test('of alerts the latest thousand count, however many came while a job waits', async () => {
      const alerts = (from: number): StoreWrite[] =>
        Array.from({ length: 550 }, (_, n) => ({
          type: 'alert',
          record: {
            alertId: `a${from + n}`,
            devId: DEV,
            sessionId: 's',
            at: AT + 10,
            package: 1,
            alert: { alertType: 'urn:example' },
          },
        }));
      await writeAndCompare([{ type: 'job', record: job('j1', 1) }, ...alerts(0)]);
      await writeAndCompare(alerts(550));
      const { alerts: seen } = await store.load(DEV);
      expect([seen.length, seen[0]?.alertId, seen.at(-1)?.alertId]).toEqual([1000, 'a100', 'a1099']);
    });

    test('names that mean something to objects and databases', async () => {
      const devId = '__proto__';
      await write([{ type: 'device', record: device(devId) }], devId);
      expect(await store.device(devId)).toEqual(device(devId));
      expect(await store.device("' or 1=1 --")).toBeUndefined();
      expect((await store.load('toString')).revision).toBe(0);
    });
  });
}
