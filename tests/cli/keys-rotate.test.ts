/** `keys rotate` on a simulated card: drawn keys, interruptions, and going on. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryKey, openFileKeyStore } from '../../src/crypto/index.js';
import { simboot } from './harness.js';

// the cost of scrypt is tested with the key store; here every run would pay it several times
jest.mock('node:crypto', () => {
  const actual = jest.requireActual<typeof import('node:crypto')>('node:crypto');
  const scrypt = (passphrase: string, salt: Buffer, length: number, _options: object, done: () => void) =>
    actual.scrypt(passphrase, salt, length, { N: 16 }, done);
  return { ...actual, scrypt };
});

const TEST_KEY = '404142434445464748494A4B4C4D4E4F';
const env = { P: 'correct horse', WRONG: 'battery staple', K: TEST_KEY, OTHER: '5a'.repeat(16) };

/** A store with the keys of the simulated card, and a card that outlives each run. */
async function bench(profile = 'uicc-scp03') {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-rotate-'));
  const store = join(directory, 'keys.json');
  const reader = `sim:${profile}?state=${join(directory, 'card.json')}`;
  const run = (line: string, fault = '', random?: (octets: number) => Uint8Array) =>
    simboot(`${line} --store ${store} --passphrase env:P --json`, {
      env,
      ...(random === undefined ? {} : { random }),
    }).then((result) => ({ ...result, document: JSON.parse(result.stdout), fault }));
  const rotate = (more: string, fault = '') => run(`keys rotate --reader ${reader}${fault} ${more}`, fault);
  await run('keys import --name vendor --master env:K --kvn 30');
  return { directory, store, reader, run, rotate };
}

const DRAW = '--current vendor --next fresh --draw --kvn 31';

test('a fresh set is stored, loaded and proved; keys are shown by check value only', async () => {
  const { rotate, store } = await bench();
  const done = await rotate(DRAW);
  expect([done.code, done.document]).toMatchObject([
    0,
    { outcome: 'rotated', live: '31', current: { name: 'vendor', version: '30' }, next: { stored: true } },
  ]);
  expect(done.stderr).toContain('protects nothing');
  const { keys } = await (await openFileKeyStore(store, env.P)).keySet('fresh');
  expect(done.document.next.kcv.enc).toBe(keys.enc.kcv);
  expect(done.stdout + done.stderr).not.toContain(TEST_KEY.toLowerCase());
  const again = await rotate(`${DRAW} --resume`);
  expect([again.code, again.document.outcome]).toEqual([0, 'already']);
  const backwards = await rotate('--current vendor --next fresh --dry-run');
  expect(backwards.document).toMatchObject({ outcome: 'already', live: '31' });
});

test.each([
  ['before the keys are drawn', '&fault=tear@2', undefined, false],
  ['after the handshake', '&fault=tear@5:after', 'current', true],
  ['at PUT KEY, before the card has it', '&fault=tear@7', 'unknown', true],
  ['at PUT KEY, after the card has it', '&fault=tear@7:after', 'unknown', true],
  ['before the proof', '&fault=tear@8', 'next', true],
] as const)('torn %s: what is live is told, and --resume goes on', async (_when, fault, live, drawn) => {
  const { rotate } = await bench();
  const torn = await rotate(DRAW, fault);
  expect([torn.code, torn.document.error.code]).toEqual([3, 'READER_CARD_REMOVED']);
  expect(torn.document.error.details.live).toBe(live);
  expect(torn.stderr.includes('go on with the same command and --resume')).toBe(drawn);
  if (drawn) expect((await rotate(DRAW)).document.error.next).toContain('--resume');
  const resumed = await rotate(`${DRAW} --resume`);
  expect([resumed.code, resumed.document.live]).toEqual([0, '31']);
});

test('a dry run draws nothing, changes nothing, and refuses what a real run refuses', async () => {
  const { rotate, store, run } = await bench();
  const dry = await rotate(`${DRAW} --dry-run`);
  expect([dry.code, dry.document]).toMatchObject([
    0,
    { outcome: 'would-rotate', live: '30', next: { stored: false } },
  ]);
  expect((await (await openFileKeyStore(store, env.P)).list()).map(({ name }) => name)).toEqual(['vendor']);
  await run('keys import --name wrong --master env:OTHER --kvn 30');
  const wrong = await rotate('--current wrong --next vendor --dry-run');
  expect([wrong.code, wrong.document.outcome]).toEqual([0, 'already']);
  await run('keys import --name other --master env:OTHER --kvn 31');
  for (const more of ['', ' --dry-run']) {
    const neither = await rotate(`--current wrong --next other${more}`);
    expect([neither.code, neither.document.error.details]).toMatchObject([4, { live: 'neither' }]);
    const undrawn = await rotate(`--current wrong --next fresh --draw --kvn 32${more}`);
    expect([undrawn.code, undrawn.document.error.message]).toMatchObject([
      4,
      expect.stringContaining('no try was spent'),
    ]);
  }
  expect((await rotate(`${DRAW} --dry-run`)).document.outcome).toBe('would-rotate');
});

test('beside the old set, in the other field form, into another store', async () => {
  const { rotate, directory } = await bench();
  const second = join(directory, 'second.json');
  const done = await rotate(
    `${DRAW} --bits 256 --add --field bare --next-store ${second} --next-passphrase env:WRONG`,
  );
  expect([done.code, done.document.outcome]).toEqual([0, 'rotated']);
  const { keys } = await (await openFileKeyStore(second, env.WRONG)).keySet('fresh');
  expect(keys.enc.length).toBe(32);
  const back = await rotate(`--current vendor --next vendor --dry-run`);
  expect(back.document.outcome).toBe('already'); // --add kept it
});

test('usage: what cannot be meant is refused before the card', async () => {
  const { rotate, directory } = await bench();
  const refused = async (more: string, words: string) => {
    const { code, document } = await rotate(more);
    expect([more, code, document.error.message]).toEqual([more, 2, expect.stringContaining(words)]);
  };
  await refused('--current vendor --next none', 'no key set "none"');
  await refused('--current vendor --next fresh --draw', '--kvn');
  await refused('--current vendor --next vendor --kvn 31', 'belong to --draw');
  await refused(
    '--current vendor --next x --draw --kvn 31 --next-store pkcs11:/m.so',
    'encrypted key store file',
  );
  await refused('--current nobody --next vendor', 'no key set "nobody"');
  expect(existsSync(join(directory, 'card.json'))).toBe(false);
  const { rotate: shared } = await bench('uicc-scp03');
  expect((await shared(`--reader all ${DRAW}`)).code).toBe(2);
});

test('the randomness of drawn keys is that of the program', async () => {
  const { run, reader, store } = await bench();
  const octets = (length: number) => new Uint8Array(length).fill(0xa5);
  await run(`keys rotate --reader ${reader} ${DRAW}`, '', octets);
  const { keys } = await (await openFileKeyStore(store, env.P)).keySet('fresh');
  expect(keys.dek.kcv).toBe(new MemoryKey(octets(16)).kcv);
});

test.each(['', ':after', ':20'])(
  'torn at every exchange%s: --resume always ends with the new keys, proved',
  async (when) => {
    let exchange = 1;
    for (let torn = true; torn; exchange++) {
      const { rotate } = await bench();
      const first = await rotate(DRAW, `&fault=tear@${exchange}${when}`);
      torn = first.code !== 0;
      if (torn) expect([exchange, first.code]).toEqual([exchange, 3]);
      const resumed = await rotate(`${DRAW} --resume`);
      expect([exchange, resumed.code, resumed.document.live]).toEqual([exchange, 0, '31']);
      const told = first.document.error?.details.live;
      if (told === 'current') expect(resumed.document.outcome).toBe('rotated');
      if (told === 'next') expect(resumed.document.outcome).toBe('already');
    }
    expect(exchange).toBeGreaterThan(7);
  },
);
