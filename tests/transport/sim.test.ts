import { toHex } from '../../src/bytes/index.js';
import { EmulatorReaderService, type ReaderEvent } from '../../src/transport/index.js';
import { ATR_T1, TEST_INS, TestCard, testCommand } from '../support/testCard.js';

const COUNT = testCommand(TEST_INS.COUNT);

function oneReader(card?: TestCard, name = 'sim 0'): EmulatorReaderService {
  const service = new EmulatorReaderService();
  service.addReader(name, card);
  return service;
}

describe('simulated readers', () => {
  test('connect powers the card, exchanges reach it, close powers it off', async () => {
    const card = new TestCard();
    const service = oneReader(card);
    const channel = await service.connect('sim 0');
    expect(channel.reader).toBe('sim 0');
    expect(channel.protocol).toBe('T=1');
    expect(channel.atr).toEqual(ATR_T1);
    expect(toHex(await channel.transmit(testCommand(TEST_INS.ECHO, [1, 2, 3])))).toBe('0102039000');
    await channel.close();
    await channel.close();
    expect(card.resets).toEqual({ cold: 1, warm: 0, off: 1 });
  });

  test('reset is a warm reset that the card notices', async () => {
    const card = new TestCard();
    const channel = await oneReader(card).connect('sim 0');
    await channel.transmit(COUNT);
    expect(toHex(await channel.transmit(COUNT))).toBe('029000');
    await channel.reset();
    expect(toHex(await channel.transmit(COUNT))).toBe('019000');
    expect(card.resets.warm).toBe(1);
  });

  test('exchanges asked for at once reach the card one after the other, in order', async () => {
    const card = new TestCard({ delay: 1 });
    const channel = await oneReader(card).connect('sim 0');
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => channel.transmit(testCommand(TEST_INS.ECHO, [n]))),
    );
    expect(answers.map((a) => a[0])).toEqual([1, 2, 3, 4]);
    expect(card.seen.map((c) => c[5])).toEqual([1, 2, 3, 4]);
  });

  test('an unknown reader is named together with those that are there', async () => {
    const failure = oneReader().connect('other');
    await expect(failure).rejects.toMatchObject({ code: 'READER_NOT_FOUND', kind: 'reader' });
    await expect(failure).rejects.toThrow('"other"; there are: sim 0');
  });

  test('an empty reader, a mute card and a wrong protocol are told apart', async () => {
    await expect(oneReader().connect('sim 0')).rejects.toMatchObject({ code: 'READER_EMPTY' });
    const mute = oneReader(new TestCard({ atr: undefined }));
    await expect(mute.connect('sim 0')).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
    expect(await mute.list()).toEqual([{ name: 'sim 0', card: 'mute', use: 'free' }]);
    const t1 = oneReader(new TestCard());
    await expect(t1.connect('sim 0', { protocol: 'T=0' })).rejects.toMatchObject({
      code: 'READER_PROTOCOL_MISMATCH',
    });
  });

  test('a card that falls silent ends the channel', async () => {
    const channel = await oneReader(new TestCard()).connect('sim 0');
    await expect(channel.transmit(testCommand(TEST_INS.MUTE))).rejects.toMatchObject({
      code: 'READER_CARD_MUTE',
    });
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
  });

  test('a card pulled out in the middle of an exchange fails it at once, and the channel refuses for ever', async () => {
    const card = new TestCard();
    const service = oneReader(card);
    const channel = await service.connect('sim 0');
    const hanging = channel.transmit(testCommand(TEST_INS.HANG));
    await new Promise((resolve) => setImmediate(resolve));
    expect(service.remove('sim 0')).toBe(card);
    await expect(hanging).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    service.insert('sim 0', card);
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    await expect(channel.reset()).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    await channel.close();
    const again = await service.connect('sim 0');
    expect(toHex(await again.transmit(COUNT))).toBe('019000');
  });

  test('a card that leaves by itself empties the slot', async () => {
    const service = oneReader(new TestCard());
    const channel = await service.connect('sim 0');
    await expect(channel.transmit(testCommand(TEST_INS.LEAVE))).rejects.toMatchObject({
      code: 'READER_CARD_REMOVED',
    });
    expect(await service.list()).toEqual([{ name: 'sim 0', card: 'absent', use: 'free' }]);
  });

  test('an idle channel notices the swap of its card', async () => {
    const service = oneReader(new TestCard());
    const channel = await service.connect('sim 0');
    service.remove('sim 0');
    service.insert('sim 0', new TestCard());
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
  });

  test('an unplugged reader is another error than a removed card', async () => {
    const service = oneReader(new TestCard());
    const channel = await service.connect('sim 0');
    const hanging = channel.transmit(testCommand(TEST_INS.HANG));
    await new Promise((resolve) => setImmediate(resolve));
    service.removeReader('sim 0');
    await expect(hanging).rejects.toMatchObject({ code: 'READER_VANISHED' });
    await expect(service.connect('sim 0')).rejects.toMatchObject({ code: 'READER_NOT_FOUND' });
  });

  test('exclusive keeps others out, shared lets others in, a closed channel frees the reader', async () => {
    const service = oneReader(new TestCard());
    const first = await service.connect('sim 0');
    await expect(service.connect('sim 0', { share: 'shared' })).rejects.toMatchObject({
      code: 'READER_IN_USE',
    });
    await expect(service.connect('sim 0')).rejects.toMatchObject({ code: 'READER_IN_USE' });
    expect((await service.list())[0]).toMatchObject({ use: 'exclusive' });
    await first.close();
    const a = await service.connect('sim 0', { share: 'shared' });
    const b = await service.connect('sim 0', { share: 'shared' });
    expect((await service.list())[0]).toMatchObject({ use: 'shared' });
    await expect(service.connect('sim 0')).rejects.toMatchObject({ code: 'READER_IN_USE' });
    await a.close();
    expect(toHex(await b.transmit(COUNT))).toBe('019000');
    await expect(a.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CLOSED' });
  });

  test('a transaction of a shared channel keeps the other channel waiting', async () => {
    const card = new TestCard();
    const service = oneReader(card);
    const a = await service.connect('sim 0', { share: 'shared' });
    const b = await service.connect('sim 0', { share: 'shared' });
    const order: string[] = [];
    const transaction = a.transaction(async () => {
      await a.transmit(COUNT);
      await new Promise((resolve) => setTimeout(resolve, 10));
      await a.transmit(COUNT);
      order.push('a');
    });
    await new Promise((resolve) => setImmediate(resolve));
    await b.transmit(COUNT).then(() => order.push('b'));
    await transaction;
    expect(order).toEqual(['a', 'b']);
  });

  test('fewer than four octets are refused without ending the channel', async () => {
    const channel = await oneReader(new TestCard()).connect('sim 0');
    await expect(channel.transmit(Uint8Array.of(0, 1, 2))).rejects.toMatchObject({ code: 'DATA_APDU' });
    expect(toHex(await channel.transmit(COUNT))).toBe('019000');
  });

  test('slots are independent: eight cards of 20 ms take the time of one', async () => {
    const service = new EmulatorReaderService();
    for (let n = 0; n < 8; n++) service.addReader(`sim ${n}`, new TestCard({ delay: 20 }));
    const channels = await Promise.all([...Array(8).keys()].map((n) => service.connect(`sim ${n}`)));
    const start = performance.now();
    await Promise.all(
      channels.map(async (channel) => {
        for (let n = 0; n < 5; n++) await channel.transmit(COUNT);
      }),
    );
    expect(performance.now() - start).toBeLessThan(8 * 5 * 20 * 0.5);
  });

  test('the pace hook delays the answer and sees both octet strings', async () => {
    const paced: string[] = [];
    const service = new EmulatorReaderService({
      pace: (reader, command, response) => {
        paced.push(`${reader} ${toHex(command)} ${toHex(response)}`);
      },
    });
    service.addReader('sim 0', new TestCard());
    await (await service.connect('sim 0')).transmit(COUNT);
    expect(paced).toEqual(['sim 0 8012000000 019000']);
  });

  test('a watch tells what is there, and what comes and goes, until it is aborted', async () => {
    const service = oneReader(new TestCard());
    const events: ReaderEvent[] = [];
    const abort = new AbortController();
    const watching = service.watch((event) => events.push(event), abort.signal);
    service.remove('sim 0');
    service.addReader('sim 1');
    service.insert('sim 1', new TestCard());
    service.removeReader('sim 1');
    abort.abort();
    await watching;
    service.addReader('sim 2');
    expect(events.map((event) => `${event.kind} ${event.reader}`)).toEqual([
      'reader-added sim 0',
      'card-inserted sim 0',
      'card-removed sim 0',
      'reader-added sim 1',
      'card-inserted sim 1',
      'card-removed sim 1',
      'reader-removed sim 1',
    ]);
  });
});
