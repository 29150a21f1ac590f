/**
 * An independent judge of a batch: what the cards hold (the farm's dump is the truth), what was ordered, what the outputs
 * say and what the journals tell must be one story. Octets of files are computed here by hand from the clauses, and the
 * host's own reading of a copy of each card has to agree with them; nothing of src/perso is used.
 */
import { createHash } from 'node:crypto';
import { inspectCard } from '../../../src/bootstrap/index.js';
import { openCard } from '../../../src/card/index.js';
import type { FarmCardDump } from '../../../src/readers/index.js';
import { type CardImage, createSimulatedCard } from '../../../src/simulator/index.js';
import { EmulatorReaderService } from '../../../src/transport/index.js';

/** A row of the input. */
export interface OrderedRecord {
  readonly number: number;
  readonly iccid: string;
  readonly imsi: string;
  readonly ki: string;
  readonly opc: string;
  readonly adm1: string;
  readonly puk1: string;
}

/** A row of the server output: what was drawn for a record, and which card has it. */
export interface OutputRecord {
  readonly iccid: string;
  readonly pin1: string;
  readonly psk: string;
  readonly card: string;
}

export interface Story {
  readonly records: readonly OrderedRecord[];
  readonly outputs: readonly OutputRecord[];
  readonly cards: readonly FarmCardDump[];
  /** Exported journals, one text of lines for each station. */
  readonly journals: readonly string[];
}

export interface Verdict {
  /** None: everything holds. */
  readonly problems: readonly string[];
  readonly records: { readonly good: number; readonly failed: number; readonly open: number };
  readonly cards: Readonly<Record<FarmCardDump['place'], number>>;
  readonly journalEntries: number;
  /** Records that are neither released nor failed, with the last that the journals say of them. */
  readonly unfinished: readonly string[];
  /** Cards whose octets were compared. */
  readonly compared: number;
}

const BLANK_ICCID = 'f'.repeat(20);

export async function judge(story: Story): Promise<Verdict> {
  const problems: string[] = [];
  const told = (problem: string): void => {
    if (problems.length < 200) problems.push(problem);
  };
  const journal = readJournals(story.journals, told);
  const byIccid = cardsByIccid(story.cards, told);
  const outputs = new Map(story.outputs.map((output) => [output.iccid, output]));
  if (outputs.size !== story.outputs.length) told('an ICCID stands twice in the server output');
  const counts = { good: 0, failed: 0, open: 0 };
  const unfinished: string[] = [];
  let compared = 0;
  for (const record of story.records) {
    const state = journal.states.get(record.number) ?? 'free';
    const card = byIccid.get(record.iccid);
    const output = outputs.get(record.iccid);
    if (state !== 'released') {
      counts[state === 'failed' ? 'failed' : 'open']++;
      if (state !== 'failed')
        unfinished.push(`${record.number}: ${journal.last.get(record.number) ?? 'nothing'}`);
      if (output !== undefined) told(`record ${record.number} is ${state}, and in the server output`);
      if (card?.place === 'good') told(`record ${record.number} is ${state}, and its card in the good bin`);
      continue;
    }
    counts.good++;
    if (card === undefined || output === undefined) {
      told(`record ${record.number} is released, and ${card === undefined ? 'on no card' : 'in no output'}`);
      continue;
    }
    if (card.place !== 'good')
      told(`record ${record.number} is released, its card ${card.number} in ${card.place}`);
    if (output.card.toLowerCase() !== card.cplc)
      told(`record ${record.number}: the output names another card`);
    if (journal.cardOf.get(record.number) !== card.cplc)
      told(`record ${record.number}: the journal names another card`);
    for (const problem of await compare(record, output, card)) told(`record ${record.number}: ${problem}`);
    compared++;
  }
  if (outputs.size !== counts.good)
    told(`${outputs.size} rows in the server output, ${counts.good} records released`);
  const places = countPlaces(story.cards);
  if (places.good !== counts.good)
    told(`${places.good} cards in the good bin, ${counts.good} records released`);
  if (counts.good + counts.failed + counts.open !== story.records.length) told('the records do not add up');
  const cards = Object.values(places).reduce((sum, count) => sum + count, 0);
  if (cards !== story.cards.length) told('the cards do not add up');
  for (const { number, newPins } of story.cards) {
    for (const [reference, values] of Object.entries(newPins)) {
      if (values > 1) told(`card ${number}: ${values} different values were set for key ${reference}`);
    }
  }
  return { problems, records: counts, cards: places, journalEntries: journal.entries, unfinished, compared };
}

function countPlaces(cards: readonly FarmCardDump[]): Record<FarmCardDump['place'], number> {
  const places = { stack: 0, slot: 0, out: 0, good: 0, bad: 0, returned: 0 };
  for (const { place } of cards) places[place]++;
  return places;
}

/** No ICCID on two cards, whatever bin they are in. */
function cardsByIccid(
  cards: readonly FarmCardDump[],
  told: (problem: string) => void,
): Map<string, FarmCardDump> {
  const found = new Map<string, FarmCardDump>();
  for (const card of cards) {
    const content = fileOf(card.image, [0x2fe2]);
    if (content === undefined || content === BLANK_ICCID || card.updates === 0) continue;
    const iccid = swapped(content).replace(/f+$/, '');
    const other = found.get(iccid);
    if (other !== undefined) told(`ICCID ${iccid} is on the cards ${other.number} and ${card.number}`);
    found.set(iccid, card);
  }
  return found;
}

interface Journals {
  readonly states: ReadonlyMap<number, string>;
  readonly cardOf: ReadonlyMap<number, string>;
  readonly last: ReadonlyMap<number, string>;
  readonly entries: number;
}

/** Lines as they were exported: `{"hash":"…",` and the rest that the hash is over; stations by time. */
function readJournals(journals: readonly string[], told: (problem: string) => void): Journals {
  const entries: { at: number; seq: number; station: string; event: Record<string, unknown> }[] = [];
  for (const text of journals) {
    let previous = '0'.repeat(64);
    let seq = 0;
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const [, hash, rest] = /^\{"hash":"([0-9a-f]{64})",(.*)$/.exec(line) ?? [];
      if (hash === undefined) {
        // a checkpoint between the entries is the verifier's business
        if (line.includes('"signature"')) continue;
        told(`a line of a journal that is no entry: ${line.slice(0, 60)}`);
        continue;
      }
      const entry = JSON.parse(`{${rest}`) as {
        at: number;
        seq: number;
        station: string;
        previous: string;
        event: Record<string, unknown>;
      };
      if (createHash('sha256').update(`{${rest}`).digest('hex') !== hash)
        told(`${entry.station} ${entry.seq}: wrong hash`);
      if (entry.previous !== previous)
        told(`${entry.station} ${entry.seq}: does not follow the entry before it`);
      if (entry.seq !== seq + 1) told(`${entry.station} ${entry.seq}: after entry ${seq}`);
      previous = hash;
      seq = entry.seq;
      entries.push(entry);
    }
  }
  entries.sort((a, b) => a.at - b.at || a.station.localeCompare(b.station) || a.seq - b.seq);
  const states = new Map<number, string>();
  const cardOf = new Map<number, string>();
  const last = new Map<number, string>();
  for (const { event, station, seq } of entries) {
    const { type, record, cardId } = event as { type: string; record?: number; cardId?: string };
    if (record === undefined || !type.startsWith('record.')) continue;
    const state = type.slice('record.'.length);
    if (state === 'resumed' && states.get(record) === 'released')
      told(`record ${record} was resumed after its release`);
    states.set(record, state);
    last.set(record, `${station} ${seq} ${JSON.stringify(event)}`);
    if (cardId === undefined) continue;
    const before = cardOf.get(record);
    if (
      (state === 'writing' || state === 'resumed') &&
      before !== undefined &&
      before !== cardId.toLowerCase()
    )
      told(`record ${record} was written to two cards`);
    if (state === 'writing' || state === 'resumed') cardOf.set(record, cardId.toLowerCase());
  }
  return { states, cardOf, last, entries: entries.length };
}

/** What a card of the campaign holds, octet by octet. */
async function compare(
  record: OrderedRecord,
  output: OutputRecord,
  { image }: FarmCardDump,
): Promise<string[]> {
  const problems: string[] = [];
  const same = (what: string, actual: string | undefined, expected: string): void => {
    if (actual !== expected) problems.push(`${what} differs`);
  };
  const usim = (fid: number) => fileOf(image, ['ADF_USIM', fid]);
  // TS 102 221 §13.2: two digits an octet, the first one low, F behind the last
  same('EF(ICCID)', fileOf(image, [0x2fe2]), swapped(record.iccid.padEnd(20, 'f')));
  // TS 31.102 §4.2.2: octets that follow, then parity 1001 for an odd number of digits in front of the first digit
  same('EF(IMSI)', usim(0x6f07), `08${swapped(`9${record.imsi}`)}`);
  // TS 31.102 §4.2.15: bit n of the second octet for class n
  const digit = Number(record.imsi.at(-1));
  same('EF(ACC)', usim(0x6f78), (1 << digit).toString(16).padStart(4, '0'));
  // TS 31.102 §4.2.12: display condition, name, FF
  same('EF(SPN)', usim(0x6f46)?.slice(2), `${ascii('Campaign')}${'ff'.repeat(8)}`);
  // TS 31.102 §4.2.54: MCC 001, MNC 01, E-UTRAN; empty places FF FF FF 00 00
  same('EF(HPLMNwAcT)', usim(0x6f62), `00f1104000${'ffffff0000'.repeat(3)}`);
  // TS 31.102 §4.2.27: no alpha identifier, service centre alone (bit 2 of the indicators is 0)
  same(
    'EF(SMSP)',
    usim(0x6f42)?.slice(0, 80),
    `${'ff'.repeat(12)}fd${'ff'.repeat(12)}0791882801000000${'ff'.repeat(7)}`,
  );
  same('K and OPc', usim(0xa001), `${record.ki}${record.opc}`.toLowerCase());
  same('PIN1', pinOf(image, 'PIN1'), ascii(output.pin1).padEnd(16, 'f'));
  same('PUK1', pinOf(image, 'PUK1'), ascii(record.puk1).padEnd(16, 'f'));
  same('ADM1', pinOf(image, 'ADM1'), ascii(record.adm1).padEnd(16, 'f'));
  if (!(fileOf(image, [0x7f50, 0x6420]) ?? '').includes('0604672b0701'))
    problems.push('EF(DODF) does not name DM 2.0');
  problems.push(...bootstrapProblems(fileOf(image, [0x7f50, 0x6431]), record, output));
  problems.push(...(await hostProblems(image, output)));
  return problems;
}

/** DM 2.0 appendix G and §5.4.1: JSON, then FF; the account has the record's identity and the drawn key. */
function bootstrapProblems(
  content: string | undefined,
  record: OrderedRecord,
  output: OutputRecord,
): string[] {
  const octets = Buffer.from(content ?? '', 'hex');
  const end = octets.indexOf(0xff);
  if (end <= 0 || octets.subarray(end).some((octet) => octet !== 0xff))
    return ['EF(DM_Bootstrap) is not filled up with FF'];
  try {
    const text = octets.subarray(0, end).toString('utf8');
    JSON.parse(text);
    const identity = Buffer.from(record.iccid).toString('base64');
    const key = Buffer.from(output.psk, 'hex').toString('base64');
    const missing = [identity, key, 'https://dm.example.com/dm'].filter(
      (part) => !text.includes(JSON.stringify(part)),
    );
    return missing.length === 0 ? [] : ['the account in EF(DM_Bootstrap) is not that of the record'];
  } catch {
    return ['EF(DM_Bootstrap) is no JSON'];
  }
}

/** The host reads a copy of the card as it would read any card. */
async function hostProblems(image: CardImage, output: OutputRecord): Promise<string[]> {
  const copy = createSimulatedCard({ profile: image.profile, keptExchanges: 0 });
  copy.restore(image);
  const readers = new EmulatorReaderService();
  readers.addReader('copy', copy);
  const channel = await readers.connect('copy');
  try {
    const card = await openCard(channel);
    const report = await inspectCard(card);
    return JSON.stringify(report).includes(output.iccid) ? [] : ['the host does not find the account'];
  } finally {
    await channel.close();
  }
}

/** Content of a file as hex, by names of ADFs and file identifiers from the MF on. */
export function fileOf(image: CardImage, path: readonly (number | string)[]): string | undefined {
  let at: CardImage['root'] | undefined = image.root;
  for (const step of path) {
    at = at?.df?.children.find(({ fid, name }) => (typeof step === 'number' ? fid === step : name === step));
  }
  return at?.ef?.content;
}

function pinOf(image: CardImage, name: string): string | undefined {
  return image.pins.find((pin) => pin.name === name)?.value;
}

function swapped(digits: string): string {
  return digits.replace(/(.)(.)/g, '$2$1');
}

function ascii(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}
