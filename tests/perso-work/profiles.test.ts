/** The same work on other cards: a SIM in 2G mode, T=0, a card without the PKCS#15 application, diversified keys. */
import { fromHex, toHex } from '../../src/bytes/index.js';
import type { Job, Step } from '../../src/perso/index.js';
import { Bench, BOOTSTRAP, FILES, Journal, PINS, ROTATE, testJob, VALUES, workOn } from './support.js';

async function whole(bench: Bench, job: Job): Promise<string> {
  const journal = new Journal();
  const work = workOn(job);
  const content = await bench.with(async (channel) => {
    const found = await work.survey(channel, journal);
    await work.write(channel, journal);
    return found;
  });
  const { differences } = await bench.with((channel) => work.verify(channel, journal));
  expect(differences).toEqual([]);
  return content;
}

test('a SIM in 2G mode over T=0', async () => {
  const bench = new Bench('sim-line', { chip: {} });
  const file = (name: string, path: string, codec: 'iccid' | 'imsi' | 'acc', value: string): Step => ({
    kind: 'file',
    name,
    path,
    codec,
    value,
    writeOnly: false,
  });
  const steps: Step[] = [
    file('iccid', '3F00/2FE2', 'iccid', '${iccid}'),
    file('imsi', '3F00/7F20/6F07', 'imsi', '${imsi}'),
    { ...PINS[0]!, name: 'chv1' } as Step,
    BOOTSTRAP,
  ];
  const job = testJob({ steps, card: { mode: '2g', identity: 'none', simulated: 'sim-line' } });
  expect(await whole(bench, job)).toBe('blank');
  expect(toHex(bench.card.file('3F00/7F20/6F07')!.content)).toBe('080910101032547698');
  expect(bench.card.pin('PIN1')).toMatchObject({ enabled: true, tries: 3 });
});

test('a UICC over T=0, its document and keys through SCP03', async () => {
  const bench = new Bench('uicc-scp03-t0', { chip: {} });
  const keys: Job['keys'] = {
    adm: { value: '12345678', reference: 0x0a },
    scp03: { keySet: 'factory', diversification: 'none', level: 0x33, through: 'bootstrap' },
  };
  const job = testJob({ steps: [BOOTSTRAP, ROTATE], keys, card: { identity: 'none' } });
  expect(await whole(bench, job)).toBe('blank');
  expect(bench.card.keys.every(({ version }) => version === 0x31)).toBe(true);
});

test('the PKCS#15 application is created where a card lacks it', async () => {
  const bench = new Bench('uicc-no-pkcs15', { chip: {} });
  const files = { create: { bootstrap: 1024 } };
  const job = testJob({ steps: [BOOTSTRAP], card: { mode: 'auto', identity: 'none', files } });
  expect(await whole(bench, job)).toBe('blank');
  expect(bench.card.file('3F00/7F50/6431')!.content.length).toBe(1024);
});

test('the next key set is diversified from a master for the card that has its data', async () => {
  const bench = new Bench('uicc-line', {
    chip: { cplc: new Uint8Array(42), diversificationData: fromHex('0102030405060708090a') },
  });
  const next = { kind: 'diversified', keySet: 'master', method: 'kdf3' } as const;
  const keys: Job['keys'] = {
    scp03: { keySet: 'factory', diversification: 'none', level: 0x33, through: 'keys' },
  };
  const job = testJob({ steps: [{ kind: 'rotate-keys', name: 'keys', keyVersion: 0x31, next }], keys });
  await whole(bench, job);
  expect(new Set(bench.card.keys.map(({ version }) => version))).toEqual(new Set([0x31]));
});

test('a PIN that is disabled keeps that state, and has its new value', async () => {
  const bench = new Bench();
  const step = { kind: 'pin', name: 'pin1', reference: 0x01, current: '0000', value: '${pin}' } as const;
  await whole(bench, testJob({ steps: [step] }));
  expect(bench.card.pin('PIN1')).toMatchObject({ enabled: false });
  await bench.with(async (channel) => {
    const enabled = await channel.transmit(fromHex('0028000108 34373131ffffffff'));
    expect(toHex(enabled)).toBe('9000');
  });
});

test('an ADM is changed behind everything that it opens, whatever the order of the job', async () => {
  const bench = new Bench();
  const journal = new Journal();
  const work = workOn(testJob({ steps: [PINS[2]!, ...FILES, PINS[1]!] }));
  await bench.with((channel) => work.write(channel, journal));
  expect(journal.steps).toEqual(['iccid', 'imsi', 'spn', 'smsp', 'keys', 'puk1', 'adm']);
  const presented = bench.card.exchanges.filter(
    ({ command }) => command[1] === 0x20 && command[3] === 0x0a && command.length > 5,
  );
  expect(presented).toHaveLength(1);
  expect(VALUES.adm).toBe('87654321');
});

test('a card that fails a step is told with the step’s place, and another attempt finishes it', async () => {
  const bench = new Bench();
  const job = testJob({ steps: FILES });
  bench.card.faults.statusFor(0xd6, 0x6581);
  await expect(whole(bench, job)).rejects.toMatchObject({ code: 'CARD_MEMORY' });
  bench.card.faults.clear();
  await whole(bench, job);
});
