/** A farm over its socket: cards that outlive clients, moves, bins, faults, the log; commands by hand (TS 102 221 §11.1). */
import { existsSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, luhnValid, toHex } from '../../src/bytes/index.js';
import {
  type FarmCardDump,
  FarmReaderService,
  openReader,
  type RunningFarm,
  type ServeFarmOptions,
  serveFarm,
} from '../../src/readers/index.js';
import type { ReaderEvent } from '../../src/transport/index.js';

const ADM1 = fromHex('0020000a083132333435363738');
const SELECT_ICCID = fromHex('00a4000c022fe2');
const ICCID = '988812010000001000f1';
const UPDATE_ICCID = fromHex(`00d600000a${ICCID}`);
const READ_ICCID = fromHex('00b000000a');

const running: RunningFarm[] = [];
const services: FarmReaderService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  for (const farm of running.splice(0)) await farm.close();
});

function place(): string {
  return join(mkdtempSync(join(tmpdir(), 'simboot-farm-')), 'farm.sock');
}

async function farm(options: Partial<ServeFarmOptions> = {}): Promise<RunningFarm> {
  const started = await serveFarm({ socket: place(), slots: 2, cards: 5, speed: 0, ...options });
  running.push(started);
  return started;
}

function client(address: string): FarmReaderService {
  const service = new FarmReaderService(address);
  services.push(service);
  return service;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

function contentOf(card: FarmCardDump, fid: number): string {
  return card.image.root.df!.children.find((child) => child.fid === fid)!.ef!.content;
}

async function write(service: FarmReaderService, slot: string): Promise<void> {
  const channel = await service.connect(slot);
  for (const command of [SELECT_ICCID, ADM1, UPDATE_ICCID]) await channel.transmit(command);
  await channel.close();
}

test('slots are readers: empty, then with a card that a move put there, told by the watch', async () => {
  const { address } = await farm();
  const service = client(address);
  expect((await service.list()).map(({ name, card }) => [name, card])).toEqual([
    ['Farm 01', 'absent'],
    ['Farm 02', 'absent'],
  ]);
  await expect(service.connect('Farm 01')).rejects.toMatchObject({ code: 'READER_EMPTY' });
  await expect(service.connect('Farm 09')).rejects.toMatchObject({ code: 'READER_NOT_FOUND' });
  const events: ReaderEvent[] = [];
  const end = new AbortController();
  const watching = service.watch((event) => events.push(event), end.signal);
  expect(await service.move('Farm 02', 'get')).toBe(true);
  expect(await service.move('Farm 02', 'good')).toBe(true);
  expect(await service.move('Farm 02', 'good')).toBe(false);
  end.abort();
  await watching;
  expect(events.map(({ kind, reader }) => `${kind} ${reader}`)).toEqual([
    'reader-added Farm 01',
    'reader-added Farm 02',
    'card-inserted Farm 02',
    'card-removed Farm 02',
  ]);
});

test('a card is written by one client and found so by the next one and in the dump', async () => {
  const { address } = await farm({ iccids: { first: '898821100000000200' } });
  const [first, second] = [client(address), client(address)];
  await first.move('Farm 01', 'get');
  const channel = await first.connect('Farm 01');
  expect(toHex(channel.atr)).toMatch(/^3b9f94/);
  await expect(second.connect('Farm 01')).rejects.toMatchObject({ code: 'READER_IN_USE' });
  await channel.transmit(SELECT_ICCID);
  expect(toHex(await channel.transmit(UPDATE_ICCID))).toBe('6982');
  expect(toHex(await channel.transmit(ADM1))).toBe('9000');
  expect(toHex(await channel.transmit(UPDATE_ICCID))).toBe('9000');
  await first.close();
  await expect(channel.transmit(READ_ICCID)).rejects.toMatchObject({ code: 'READER_FARM_UNREACHABLE' });

  const again = await reconnect(second, 'Farm 01');
  await again.transmit(SELECT_ICCID);
  expect(toHex(await again.transmit(READ_ICCID))).toBe(`${ICCID}9000`);
  // power was lost with the first client: ADM1 has to be presented again
  expect(toHex(await again.transmit(UPDATE_ICCID))).toBe('6982');
  await again.close();
  await second.move('Farm 01', 'good');
  const cards = await all(second.dump());
  expect(cards.map(({ place }) => place)).toEqual(['good', 'stack', 'stack', 'stack', 'stack']);
  expect(contentOf(cards[0]!, 0x2fe2)).toBe(ICCID);
  expect(cards[0]).toMatchObject({ updates: 1, insertions: 1, slot: 'Farm 01' });
  expect(cards.every(({ iccid }) => luhnValid(iccid!))).toBe(true);
  expect(new Set(cards.map(({ cplc }) => cplc)).size).toBe(5);
});

async function reconnect(service: FarmReaderService, slot: string) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const [status] = (await service.list()).filter(({ name }) => name === slot);
    if (status?.use === 'free') return service.connect(slot);
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('the slot is still held');
}

test('the log has every step in order, with the power that was lost', async () => {
  const { address } = await farm();
  const [first, second] = [client(address), client(address)];
  await first.move('Farm 01', 'get');
  await write(first, 'Farm 01');
  const held = await first.connect('Farm 01');
  await held.transmit(SELECT_ICCID);
  await first.close();
  await reconnect(second, 'Farm 01').then((channel) => channel.close());
  await second.move('Farm 01', 'reseat');
  await second.move('Farm 01', 'bad');
  const log = await all(second.log());
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  expect(log.map(({ event }) => event)).toEqual([
    'inserted',
    'connected',
    'updated',
    'disconnected',
    'connected',
    'power-lost',
    'connected',
    'disconnected',
    'out',
    'reseated',
    'inserted',
    'bad',
  ]);
  expect(log[3]).toMatchObject({ card: 1, exchanges: 3, updates: 1, slot: 'Farm 01' });
  expect(log.every(({ at }, index) => index === 0 || at >= log[index - 1]!.at)).toBe(true);
});

test('a torn card is out of its slot with what was written, and can be put in again', async () => {
  const { address } = await farm({ faults: ['1=tear@3:4'] });
  const service = client(address);
  await service.move('Farm 01', 'get');
  await expect(write(service, 'Farm 01')).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
  expect((await service.list())[0]!.card).toBe('absent');
  expect((await all(service.dump()))[0]).toMatchObject({ place: 'out' });
  expect(await service.move('Farm 01', 'reseat')).toBe(true);
  const channel = await service.connect('Farm 01');
  await channel.transmit(SELECT_ICCID);
  expect(toHex(await channel.transmit(READ_ICCID))).toBe(`${ICCID.slice(0, 8)}${'ff'.repeat(6)}9000`);
});

test('a torn card that nobody puts in again turns up at the end of the stack', async () => {
  const { address } = await farm({ cards: 2, faults: ['1=tear@1'] });
  const service = client(address);
  await service.move('Farm 01', 'get');
  await expect(write(service, 'Farm 01')).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
  await service.move('Farm 01', 'get');
  await service.move('Farm 01', 'good');
  await service.move('Farm 01', 'get');
  await service.move('Farm 01', 'good');
  expect(await service.move('Farm 01', 'get')).toBe(false);
  expect((await all(service.cards())).map(({ insertions }) => insertions)).toEqual([2, 1]);
});

test('somebody finds a certain card and puts it into a slot', async () => {
  const { address } = await farm({ cards: 3 });
  const service = client(address);
  expect(await service.put('Farm 02', 3)).toBe(true);
  expect(await service.put('Farm 02', 2)).toBe(false);
  expect(await service.put('Farm 01', 3)).toBe(false);
  await service.move('Farm 02', 'returned');
  await service.move('Farm 02', 'get');
  expect((await all(service.cards())).map(({ place }) => place)).toEqual(['slot', 'stack', 'returned']);
  expect(await service.put('Farm 01', 3)).toBe(true);
});

test('wrong, dead, mute, failing and worn cards; two with one ICCID, two with one chip identity', async () => {
  const faults = [
    '1=wrong',
    '2=dead',
    '3=mute@1',
    '4=status@1:6F42',
    '5=worn',
    '6=same-iccid:5',
    '7=same-identity:5',
  ];
  const { address } = await farm({ cards: 7, slots: 7, faults, iccids: { first: '898821100000000200' } });
  const service = client(address);
  for (let slot = 1; slot <= 7; slot++) await service.move(`Farm 0${slot}`, 'get');
  const wrong = await service.connect('Farm 01');
  expect(toHex(wrong.atr)).toMatch(/^3b18/);
  await expect(service.connect('Farm 02')).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
  expect((await service.list())[1]!.card).toBe('mute');
  const mute = await service.connect('Farm 03');
  await expect(mute.transmit(SELECT_ICCID)).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
  const failing = await service.connect('Farm 04');
  expect(toHex(await failing.transmit(SELECT_ICCID))).toBe('6f42');
  expect(toHex(await failing.transmit(SELECT_ICCID))).toBe('9000');
  const worn = await service.connect('Farm 05');
  await worn.transmit(SELECT_ICCID);
  await worn.transmit(ADM1);
  expect(toHex(await worn.transmit(UPDATE_ICCID))).toBe('6581');
  const cards = await all(service.cards());
  expect(cards[5]!.iccid).toBe(cards[4]!.iccid);
  expect(cards[5]!.cplc).not.toBe(cards[4]!.cplc);
  expect(cards[6]!.cplc).toBe(cards[4]!.cplc);
});

test('a written card is swapped before the next power-on, and comes back at the end of the stack', async () => {
  const { address } = await farm({ cards: 2, faults: ['1=swap'] });
  const service = client(address);
  await service.move('Farm 01', 'get');
  await write(service, 'Farm 01');
  const other = await service.connect('Farm 01');
  await other.transmit(SELECT_ICCID);
  expect(toHex(await other.transmit(READ_ICCID))).toBe(`${'ff'.repeat(10)}9000`);
  await service.move('Farm 01', 'bad');
  await expect(other.transmit(READ_ICCID)).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
  await service.move('Farm 01', 'get');
  const back = await service.connect('Farm 01');
  await back.transmit(SELECT_ICCID);
  expect(toHex(await back.transmit(READ_ICCID))).toBe(`${ICCID}9000`);
});

test('faults by chance are those of the seed, about as many as asked for', async () => {
  const options = { cards: 2000, faults: ['tear:0.02', 'swap:0.01', 'wrong:0.02'] };
  const [one, same, other] = await Promise.all(
    [7, 7, 8].map(async (seed) => all(client((await farm({ ...options, seed })).address).cards())),
  );
  const kinds = one!.map(({ fault }) => fault?.kind ?? '');
  expect(same!.map(({ fault }) => fault)).toEqual(one!.map(({ fault }) => fault));
  expect(other!.map(({ fault }) => fault)).not.toEqual(one!.map(({ fault }) => fault));
  const count = (kind: string) => kinds.filter((found) => found === kind).length;
  expect(count('tear')).toBeGreaterThan(20);
  expect(count('tear')).toBeLessThan(60);
  expect(count('swap')).toBeGreaterThan(5);
  expect(count('swap')).toBeLessThan(40);
});

test('a fault on request strikes from now on', async () => {
  const { address } = await farm();
  const service = client(address);
  await service.move('Farm 01', 'get');
  const channel = await service.connect('Farm 01');
  await channel.transmit(SELECT_ICCID);
  await service.fault('1=status@2:6F00');
  expect(toHex(await channel.transmit(READ_ICCID))).toBe(`${'ff'.repeat(10)}9000`);
  expect(toHex(await channel.transmit(READ_ICCID))).toBe('6f00');
  await expect(service.fault('99=dead')).rejects.toThrow('no card 99');
  await expect(service.fault('rain:1')).rejects.toThrow('no fault of a farm');
});

test('a farm keeps its cards in a file; those that were in slots are on top of the stack', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'simboot-farm-')), 'farm.json');
  const before = await farm({ state, cards: 3 });
  const service = client(before.address);
  await service.move('Farm 01', 'get');
  await service.move('Farm 02', 'get');
  await write(service, 'Farm 02');
  await service.move('Farm 01', 'good');
  await service.close();
  await running.pop()!.close();
  const after = client((await farm({ state, cards: 3 })).address);
  const cards = await all(after.dump());
  expect(cards.map(({ place }) => place)).toEqual(['good', 'stack', 'stack']);
  expect(contentOf(cards[1]!, 0x2fe2)).toBe(ICCID);
  await after.move('Farm 01', 'get');
  expect((await all(after.cards()))[1]!.place).toBe('slot');
  await expect(farm({ state, cards: 4 })).rejects.toMatchObject({ code: 'USAGE_SIMULATOR_STATE' });
});

test('card time is waited for, divided by the speed, and lateness does not add up', async () => {
  const { address } = await farm({ speed: 5 });
  const service = client(address);
  await service.move('Farm 01', 'get');
  const started = performance.now();
  const channel = await service.connect('Farm 01');
  for (let exchange = 0; exchange < 200; exchange++) await channel.transmit(SELECT_ICCID);
  const [card] = await all(service.cards());
  const ideal = card!.cardTime / 5;
  expect(ideal).toBeGreaterThan(300);
  expect(performance.now() - started).toBeGreaterThan(ideal * 0.95);
});

test('only the slots of the address are there; over TCP too', async () => {
  const { address } = await farm({ socket: '127.0.0.1:0', slots: 12, cards: 12 });
  expect(address).toMatch(/^farm:127\.0\.0\.1:\d+$/);
  const part = client(`${address}?slots=4-5`);
  expect((await part.list()).map(({ name }) => name)).toEqual(['Farm 04', 'Farm 05']);
  await part.move('Farm 05', 'get');
  const [channel] = await openReader(`${address}?slots=4-5`);
  expect(channel!.reader).toBe('Farm 05');
  await channel!.close();
});

test.each([
  ['a frame of another kind', '00000005' + '09' + '00000001'],
  ['a frame of a length that no frame has', 'ffffffff' + '01' + '00000001'],
  ['a length shorter than its header', '00000001' + '01' + '00000001'],
])('%s ends that connection alone', async (_what, frame) => {
  const { address } = await farm();
  const socket = connect(address.slice(5));
  const closed = new Promise((done) => socket.once('close', done));
  socket.on('data', () => undefined);
  socket.write(fromHex(frame));
  await closed;
  expect(await client(address).list()).toHaveLength(2);
});

test('a socket file that a dead farm left is taken over, that of a living one is not', async () => {
  const { address } = await farm();
  await expect(farm({ socket: address.slice(5) })).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  expect(existsSync(address.slice(5))).toBe(true);
  await expect(client('farm:/nowhere/farm.sock').list()).rejects.toMatchObject({
    code: 'READER_FARM_UNREACHABLE',
  });
});
