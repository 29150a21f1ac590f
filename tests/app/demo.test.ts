import { type DemoStep, runDemo } from '../../src/app/index.js';
import { toHex } from '../../src/bytes/index.js';

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 0xa0 + index);

async function steps(): Promise<DemoStep[]> {
  const all: DemoStep[] = [];
  const clock = { now: () => new Date('2026-01-01T00:00:00Z') };
  for await (const step of runDemo({ clock, random: (length) => KEY.slice(0, length) })) all.push(step);
  return all;
}

test('the demonstration goes from the account to the repaired card', async () => {
  const all = await steps();
  expect(all.map(({ id }) => id)).toEqual([
    'document',
    'inspect',
    'plan',
    'write-3g',
    'read',
    'secure-channel',
    'write-2g',
    'tear',
    'card-time',
    'session',
    'push',
    'batch',
    'batch-recovery',
  ]);
  const written = all.find(({ id }) => id === 'write-3g');
  const commands = written?.exchanges.map(({ command }) => command) ?? [];
  expect(commands).toContain('0070000001');
  expect(commands.some((hex) => hex.startsWith('01a4040'))).toBe(true);
  expect(commands.filter((hex) => hex.startsWith('01d6')).at(-1)).toMatch(/^01d6000001\[1 octets hidden\]$/);
  const secured = all.find(({ id }) => id === 'secure-channel');
  const wire = secured?.exchanges.map(({ command }) => command) ?? [];
  const start = wire.findIndex((hex) => hex.startsWith('85823300'));
  expect(wire[start - 1]).toMatch(/^81503000/);
  expect(wire.slice(start + 1, -1).every((hex) => hex.startsWith('05'))).toBe(true);
  expect(wire.at(-1)).toBe('00708001');
  // one octet and its padding are a block, the MAC eight octets: all of it ciphertext
  expect(wire.filter((hex) => hex.startsWith('05d6')).at(-1)).toMatch(/^05d6000018[0-9a-f]{48}$/);
  expect(secured?.results.at(-1)).toContain('it takes a secure channel');
  const in2g = all.find(({ id }) => id === 'write-2g')?.exchanges ?? [];
  expect(in2g.slice(1).every(({ command }) => command.startsWith('a0'))).toBe(true);
});

test('the torn card of the batch is finished, and no other card has its record', async () => {
  const all = await steps();
  const batch = all.find(({ id }) => id === 'batch')?.results ?? [];
  expect(batch.filter((line) => line.includes(': good'))).toHaveLength(6);
  expect(batch.filter((line) => line.includes(': ambiguous'))).toHaveLength(1);
  const [life] = all.find(({ id }) => id === 'batch-recovery')?.results ?? [];
  expect(life).toMatch(/^record \d: reserved → writing → quarantined → resumed → verified → released$/);
});

test('no key, ADM or document shows in it', async () => {
  const text = JSON.stringify(await steps()).toLowerCase();
  expect(text).toContain('"a020000a08[8 octets hidden]"');
  expect(text).not.toContain(toHex(KEY));
  expect(text).not.toContain(Buffer.from(KEY).toString('base64').toLowerCase());
  expect(text).not.toContain('3132333435363738');
  expect(text).not.toContain(Buffer.from('{"ClientURI"').toString('hex'));
});
