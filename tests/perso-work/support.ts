/** Jobs, records and simulated cards for the tests of the work on a card. */
import type { CardChannel } from '../../src/apdu/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { MemoryKey, type StoredKeySet } from '../../src/crypto/index.js';
import type { CardWork, Job, Step, WorkHooks } from '../../src/perso/index.js';
import { cardWorker } from '../../src/perso/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { EmulatorReaderService } from '../../src/transport/index.js';

export const clock = { now: () => new Date('2026-11-22T00:00:00Z') };
const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
const OPC = 'cd63cb71954a9f4e48a5994e37a02baf';

/** Octets of a fixed sequence: every test sees the same. */
export function testRandom(seed = 1): (octets: number) => Uint8Array {
  let state = seed;
  return (octets) =>
    Uint8Array.from({ length: octets }, () => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return (state >> 16) & 0xff;
    });
}

export function testKeySets(): Map<string, StoredKeySet> {
  const test = () => new MemoryKey(fromHex('404142434445464748494A4B4C4D4E4F'));
  const set = (name: string, version: number): StoredKeySet => ({
    name,
    version,
    mode: 'S8',
    keys: { enc: test(), mac: test(), dek: test() },
  });
  return new Map([
    ['factory', set('factory', 0x30)],
    ['master', set('master', 0x00)],
  ]);
}

export interface JobParts {
  readonly steps: readonly Step[];
  readonly card?: Partial<Job['card']>;
  readonly keys?: Job['keys'];
  readonly checks?: Job['checks'];
  readonly bind?: Job['bind'];
}

export function testJob({ steps, card, keys, checks, bind }: JobParts): Job {
  return {
    name: 'test',
    version: '1',
    hash: '00'.repeat(32),
    card: { mode: '3g', atrs: [], identity: 'cplc', simulated: 'uicc-line', files: {}, ...card },
    records: { format: 'csv', delimiter: ',', columns: [], transportKeys: [] },
    bind: bind ?? { by: 'next' },
    draw: {},
    secrets: {},
    keys: keys ?? { adm: { value: '12345678', reference: 0x0a } },
    steps,
    checks: checks ?? { pinTries: false },
    stop: {
      consecutiveFailures: 0,
      yieldFloor: { percent: 0, after: 0 },
      wrongAtr: 0,
      keyMismatch: 0,
      slotFailures: 0,
    },
    timing: { stepTimeoutMs: 1000, contactRetries: 0 },
    outputs: [],
    hooks: {},
  };
}

export const VALUES: Readonly<Record<string, string>> = {
  iccid: '8988211000000000011',
  imsi: '001010123456789',
  acc: '0200',
  k: K,
  opc: OPC,
  psk: '000102030405060708090a0b0c0d0e0f',
  pin: '4711',
  puk: '11223344',
  adm: '87654321',
  'keys:keys': '00112233445566778899aabbccddeeff'.repeat(3),
};

/** Another subscriber. */
export const OTHER: Readonly<Record<string, string>> = {
  ...VALUES,
  iccid: '8988211000000000029',
  imsi: '001010999999999',
  psk: 'f0'.repeat(16),
};

export const BOOTSTRAP: Step = {
  kind: 'bootstrap',
  name: 'bootstrap',
  description: {
    accounts: [
      {
        srvId: 'dm.example.com',
        srvUri: 'https://dm.example.com/dm',
        name: 'Example ${imsi}',
        bootstrap: {
          serverUri: 'https://dm.example.com/bootstrap',
          psk: { identity: '${imsi}', key: { hex: '${psk}' } },
        },
      },
    ],
  },
};

export const FILES: readonly Step[] = [
  { kind: 'file', name: 'iccid', path: '3F00/2FE2', codec: 'iccid', value: '${iccid}', writeOnly: false },
  { kind: 'file', name: 'imsi', path: 'ADF_USIM/6F07', codec: 'imsi', value: '${imsi}', writeOnly: false },
  {
    kind: 'file',
    name: 'spn',
    path: 'ADF_USIM/6F46',
    codec: 'spn',
    value: { name: 'Example' },
    writeOnly: false,
  },
  {
    kind: 'file',
    name: 'smsp',
    path: 'ADF_USIM/6F42',
    codec: 'smsp',
    value: { serviceCentre: '+491710760000' },
    record: 1,
    writeOnly: false,
  },
  { kind: 'file', name: 'keys', path: 'ADF_USIM/A001', codec: 'raw', value: '${k}${opc}', writeOnly: true },
];

export const PINS: readonly Step[] = [
  { kind: 'pin', name: 'pin1', reference: 0x01, current: '0000', value: '${pin}', enabled: true },
  { kind: 'pin', name: 'puk1', reference: 0x0e, current: '00000000', value: '${puk}' },
  { kind: 'pin', name: 'adm', reference: 0x0a, current: '12345678', value: '${adm}' },
];

export const ROTATE: Step = {
  kind: 'rotate-keys',
  name: 'keys',
  keyVersion: 0x31,
  next: { kind: 'drawn', length: 16 },
};

export const AUTHENTICATE: Job['checks'] = {
  authenticate: { algorithm: 'milenage', k: '${k}', opc: '${opc}' },
  pinTries: true,
};

/** What a line remembers of one record across attempts. */
export class Journal implements WorkHooks {
  progress: number | undefined;
  readonly exchanges: Record<string, number> = {};
  readonly steps: string[] = [];
  readonly #aborter = new AbortController();
  readonly signal = this.#aborter.signal;

  abort(): void {
    this.#aborter.abort();
  }

  onStep({ name }: { readonly name: string }): void {
    this.steps.push(name);
  }

  onStepDone({ name, exchanges }: { readonly name: string; readonly exchanges: number }): void {
    this.exchanges[name] = (this.exchanges[name] ?? 0) + exchanges;
  }

  async beforeCritical(index: number): Promise<void> {
    this.progress = index;
  }
}

/** A simulated card in a reader: each connection powers it anew. */
export class Bench {
  readonly card: SimulatedCard;
  readonly #readers = new EmulatorReaderService();
  exchanges = 0;

  constructor(profile = 'uicc-line', options: Partial<Parameters<typeof createSimulatedCard>[0]> = {}) {
    const cplc = Uint8Array.from({ length: 42 }, (_, index) => index + 1);
    this.card = createSimulatedCard({ profile, chip: { cplc }, ...options } as Parameters<
      typeof createSimulatedCard
    >[0]);
    this.#readers.addReader('r', this.card);
  }

  async connect(): Promise<CardChannel> {
    return this.#readers.connect('r', {});
  }

  /** The card is put in again. */
  reinsert(): void {
    this.#readers.remove('r');
    this.#readers.insert('r', this.card);
  }

  async with<T>(act: (channel: CardChannel) => Promise<T>): Promise<T> {
    const channel = await this.connect();
    try {
      return await act(channel);
    } finally {
      await channel.close();
    }
  }
}

export function workOn(job: Job, values = VALUES, seed = 1): CardWork {
  return cardWorker(job, { keySets: testKeySets(), random: testRandom(seed), clock }).prepare({
    number: 1,
    values,
  });
}
