/** What follows a batch on simulated readers: report, export, audit, remake, and the server that imports. */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FarmReaderService, type RunningFarm, serveFarm } from '../../src/readers/index.js';
import { openServerStore } from '../../src/store/index.js';
import { simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-outputs-'));
const at = (name: string) => join(folder, name);
const job = at('uicc.yaml');
const CARDS = 4;
const live = {
  random: (octets: number) => Uint8Array.from(randomBytes(octets)),
  clock: { now: () => new Date(), monotonic: () => performance.now() },
};
const KEY = '2b'.repeat(32);
const line = (words: string) => simboot(`${words} --state ${at('line')} --json`, { ...live, env: { KEY } });
const server = '--transport-key customer=env:KEY';

let farm: RunningFarm;
let readers: FarmReaderService;

interface Report {
  readonly reconciliation: { records: object; cards: object; problems: string[] };
}
interface Exported {
  readonly files: readonly { kind: string; file: string; rows: number; sha256: string }[];
}
interface Audited {
  readonly verdict: string;
  readonly missing: number[];
  readonly cards: readonly {
    outcome: string;
    record?: number;
    differences: { step: string; message: string }[];
  }[];
}

const export_ = async () => (await line(`batch export ${job} --to ${at('out')} ${server}`)).json<Exported>();

/** Cards in the good bin. */
async function goodCards() {
  const all = [];
  for await (const card of readers.cards()) if (card.place === 'good') all.push(card);
  return all;
}

beforeAll(async () => {
  cpSync('docs/examples/line', folder, { recursive: true });
  const records = readFileSync(at('cards.csv'), 'utf8')
    .split('\n')
    .slice(0, CARDS + 1);
  writeFileSync(at('cards.csv'), `${records.join('\n')}\n`);
  const [text] = readFileSync(job, 'utf8').split('outputs:');
  const outputs = [
    '  server:',
    '    transportKey: customer',
    '    columns:',
    '      - { header: account, field: iccid }',
    '      - { header: srvid, value: dm.example.com }',
    '      - iccid',
    '      - { header: bootstrap_psk_identity, field: iccid }',
    '      - { header: bootstrap_psk, field: psk }',
    '  laser: { columns: [iccid, number] }',
  ];
  writeFileSync(
    job,
    `${text!.replace('  file: cards.csv', '  file: cards.csv\n  transportKeys: customer')}outputs:\n${outputs.join('\n')}\n`,
  );
  farm = await serveFarm({ socket: at('farm.sock'), slots: 2, cards: 2 * CARDS, speed: 0 });
  readers = new FarmReaderService(farm.address);
  const run = await line(`batch run ${job} ${server} --batch b1 --readers ${farm.address}`);
  expect([run.code, run.stderr.includes('✗')]).toEqual([0, false]);
}, 60_000);

afterAll(async () => {
  await readers?.close();
  await farm?.close();
  rmSync(folder, { recursive: true });
});

test('the report adds up, and its files are written', async () => {
  const report = await line(`batch report --blanks 10 --csv ${at('r.csv')} --html ${at('r.html')}`);
  expect(report.code).toBe(0);
  expect(report.json<Report>().reconciliation).toMatchObject({
    records: { input: CARDS, good: CARDS, scrapped: 0, remaining: 0 },
    cards: { seen: CARDS, good: CARDS, blanksIn: 10, unused: 6 },
    problems: [],
  });
  expect(readFileSync(at('r.csv'), 'utf8')).toContain(`records,,good,${CARDS}\n`);
  expect(readFileSync(at('r.html'), 'utf8')).toContain('Everything is accounted for');
  const wrong = await line('batch report --blanks 3');
  expect([wrong.code, wrong.json<Report>().reconciliation.problems]).toEqual([6, [expect.any(String)]]);
});

test('what is exported is what the server imports, with keys that nobody reads in the file', async () => {
  const { files } = await export_();
  expect(files.map(({ kind, rows }) => [kind, rows])).toEqual([
    ['server', CARDS],
    ['laser', CARDS],
  ]);
  const [{ file, sha256 }] = files as [Exported['files'][number]];
  const text = readFileSync(at(`out/${file}`));
  expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  expect((await export_()).files).toEqual(files);
  const imported = await simboot(
    `server import ${at(`out/${file}`)} --state ${at('server')} --transport-key env:KEY --json`,
    { ...live, env: { KEY } },
  );
  expect(imported.json()).toEqual({ rows: CARDS, added: CARDS, changed: 0, unchanged: 0 });
  const iccid = text.toString().split('\n')[1]!.split(',')[0]!;
  const store = await openServerStore(`sqlite:${at('server/server.db')}`);
  const account = await store.account(iccid);
  await store.close();
  const [credential] = account!.credentials;
  const secret = credential?.kind === 'identity-secret' ? Buffer.from(credential.secret).toString('hex') : '';
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(text.toString()).not.toContain(secret);
});

test('without its transport key a file is refused, and the one before stays', async () => {
  await export_();
  const before = statSync(at('out/b1-server.csv')).mtimeMs;
  const refused = await line(`batch export ${job} --to ${at('out')}`);
  expect(refused.code).toBe(2);
  expect(refused.json()).toMatchObject({
    error: { code: 'DATA_OUTPUT', message: expect.stringContaining('bootstrap_psk') },
  });
  expect(statSync(at('out/b1-server.csv')).mtimeMs).toBe(before);
});

test('a job file that has changed is refused', async () => {
  writeFileSync(at('other.yaml'), readFileSync(job, 'utf8').replace('spn: Example', 'spn: Sample'));
  for (const command of ['export', 'audit --auditor X']) {
    const [word, ...more] = command.split(' ');
    const refused = await line(`batch ${word} ${at('other.yaml')} ${server} ${more.join(' ')}`);
    expect([refused.code, refused.json<{ error: { message: string } }>().error.message]).toEqual([
      2,
      expect.stringContaining('has changed'),
    ]);
  }
});

test('an audit proves finished cards, and refutes one that somebody changed', async () => {
  const audit = (more = '') =>
    line(`batch audit ${job} ${server} --auditor R.Meyer --readers ${farm.address} ${more}`);
  expect((await audit()).code).toBe(3); // no card in any reader
  const [first, second] = await goodCards();
  await readers.fetch('Farm 01', first!.number);
  const proven = await audit(`--html ${at('a.html')}`);
  expect([proven.code, proven.json<Audited>()]).toMatchObject([
    0,
    { verdict: 'proven', cards: [{ outcome: 'proven' }] },
  ]);
  expect(readFileSync(at('a.html'), 'utf8')).toContain('✓ proven');

  await readers.fetch('Farm 02', second!.number);
  const adm = readFileSync(at('cards.csv'), 'utf8').split('\n')[2]!.split(',').at(-1)!;
  const reader = `${farm.address}?slots=2-2`;
  const apdus = [
    '00A40004022FE2',
    `0020000A08${Buffer.from(adm).toString('hex')}`,
    '00D60000 0A 98886611111111111111',
  ];
  expect(
    (
      await simboot(
        [
          'card',
          'apdu',
          '--force',
          '--reader',
          reader,
          '--json',
          ...apdus.map((apdu) => apdu.replaceAll(' ', '')),
        ],
        live,
      )
    ).code,
  ).toBe(0);
  const refuted = await audit();
  expect(refuted.code).toBe(6);
  const found = refuted.json<Audited>().cards.find(({ outcome }) => outcome !== 'proven');
  expect(found).toMatchObject({ outcome: 'refuted', differences: [{ step: 'iccid' }] });

  for (const slot of ['Farm 01', 'Farm 02']) await readers.move(slot, 'good');
});

test('a sample waits for its cards and tells which are missing', async () => {
  const drawn = await line(`batch audit ${job} ${server} --auditor R --sample 2 --seed s --list`);
  const { numbers } = drawn.json<{ sample: { numbers: number[] } }>().sample;
  expect(numbers).toHaveLength(2);
  const end = new AbortController();
  const audit = simboot(
    `batch audit ${job} ${server} --auditor R --sample 2 --seed s --readers ${farm.address} --state ${at('line')} --json`,
    { ...live, env: { KEY }, signal: end.signal },
  );
  const [good] = await goodCards();
  await readers.fetch('Farm 01', good!.number);
  await new Promise((done) => setTimeout(done, 1500));
  end.abort('SIGINT');
  const { code, json } = await audit;
  const protocol = json<Audited>();
  expect(protocol.cards).toHaveLength(1);
  expect(protocol.missing.length).toBeGreaterThanOrEqual(1);
  expect(code).toBe(130); // the protocol is written all the same
  await readers.move('Farm 01', 'good');
});

test('a remade record gets another card with other keys, and the server takes the new ones', async () => {
  const refused = await line('batch scrap 1 --reason LOST --by R');
  expect([refused.code, refused.json()]).toMatchObject([2, { error: { code: 'USAGE_REMAKE' } }]);
  const remade = await line(
    'batch remake 1 --reason DAMAGED --requested-by A --approved-by B --destroyed-by A --destruction D-1',
  );
  expect(remade.json()).toEqual({ batch: 'b1', record: 1, state: 'free', generation: 1, values: 'new' });
  const gone = (await export_()).files[0]!;
  expect(gone.rows).toBe(CARDS - 1);
  const resumed = await line(`batch resume ${job} ${server} --readers ${farm.address}`);
  expect(resumed.code).toBe(0);
  expect((await export_()).files[0]!.rows).toBe(CARDS);
  const imported = await simboot(
    `server import ${at('out/b1-server.csv')} --state ${at('server')} --transport-key env:KEY --json`,
    { ...live, env: { KEY } },
  );
  expect(imported.json()).toMatchObject({ added: 0, changed: 1, unchanged: CARDS - 1 });
  const { reconciliation } = (await line('batch report')).json<Report>();
  expect(reconciliation).toMatchObject({ cards: { good: CARDS, scrapped: 1 }, problems: [] });
});

describe('secrets of the line', () => {
  const own = (words: string, env = {}) =>
    simboot(`${words} --state ${at('secret')} --json`, { ...live, env: { KEY, ...env } });
  const named = at('secret.yaml');

  beforeAll(() => {
    const text = readFileSync(job, 'utf8')
      .replace('adm: "${adm1}"', 'adm: "${blank}"')
      .replace('keys:', 'secrets: { blank: 8 digits }\nkeys:');
    writeFileSync(named, text);
  });

  test('come by name, and the cards are made', async () => {
    const run = `batch run ${named} ${server} --batch s1 --readers sim:uicc-line*2`;
    const missing = await own(run);
    expect(missing.json()).toMatchObject({
      error: { code: 'USAGE_ARGUMENT', message: expect.stringMatching(/blank/) },
    });
    const done = await own(`${run} --secret blank=env:ADM`, { ADM: '12345678' });
    expect(done.code).toBe(0);
    expect(done.stdout + done.stderr).not.toContain('12345678');
  });

  test.each([
    ['of another form', 'blank=env:ADM', '1234567x'],
    ['of another length', 'blank=env:ADM', '123456789'],
    ['that the job does not name', 'other=env:ADM', '12345678'],
  ])('%s are refused without being shown', async (_, given, ADM) => {
    const refused = await own(`batch run ${named} ${server} --secret ${given}`, { ADM });
    expect([refused.code, (refused.stdout + refused.stderr).includes(ADM)]).toEqual([2, false]);
  });
});
