import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { listReaders, openReader } from '../../src/app/index.js';
import { toHex } from '../../src/bytes/index.js';
import type { ConnectOptions, ReaderChannel, ReaderEvent } from '../../src/transport/index.js';
import { Child, removeChildPrograms } from '../support/childProgram.js';
import { requirePcscd, VIRTUAL_READERS } from '../support/pcscd.js';
import { ATR_T0, ATR_T1, TEST_INS, TestCard, testCommand } from '../support/testCard.js';

const COUNT = testCommand(TEST_INS.COUNT);
const ECHO = (n: number) => testCommand(TEST_INS.ECHO, [n]);

requirePcscd('PC/SC readers', (pcscd) => {
  const { service } = pcscd;
  const opened: ReaderChannel[] = [];
  const connect = async (reader: string, options?: ConnectOptions): Promise<ReaderChannel> => {
    const channel = await service.connect(reader, options);
    opened.push(channel);
    return channel;
  };
  afterAll(removeChildPrograms);
  afterEach(async () => {
    for (const channel of opened.splice(0)) await channel.close();
    if (!pcscd.running) await pcscd.start();
    await pcscd.removeAll();
  });

  test('connect, exchange and close with a T=1 card', async () => {
    const card = new TestCard();
    const { reader } = await pcscd.insert(card);
    const channel = await connect(reader);
    expect(channel.reader).toBe(reader);
    expect(channel.protocol).toBe('T=1');
    expect(channel.atr).toEqual(ATR_T1);
    expect(toHex(await channel.transmit(testCommand(TEST_INS.ECHO, [1, 2, 3])))).toBe('0102039000');
    await channel.close();
    await channel.close();
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CLOSED' });
    const again = await connect(reader);
    expect(again.atr).toEqual(ATR_T1);
    expect(toHex(await again.transmit(COUNT))).toBe('019000');
    await again.close();
  });

  test('T=0 comes from the ATR, and announced answers are left to the caller', async () => {
    const { reader } = await pcscd.insert(new TestCard({ protocol: 'T=0' }));
    const channel = await connect(reader);
    expect(channel.protocol).toBe('T=0');
    expect(channel.atr).toEqual(ATR_T0);
    expect(toHex(await channel.transmit(testCommand(TEST_INS.ECHO, [7, 8])))).toBe('6102');
    expect(toHex(await channel.transmit(Uint8Array.of(0, 0xc0, 0, 0, 2)))).toBe('07089000');
    await channel.close();
  });

  test('a protocol that the card does not speak is refused', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    await expect(service.connect(reader, { protocol: 'T=0' })).rejects.toMatchObject({
      code: 'READER_PROTOCOL_MISMATCH',
    });
  });

  test('the longest answer passes, and a reset is seen by the card', async () => {
    const card = new TestCard();
    const { reader } = await pcscd.insert(card);
    const channel = await connect(reader);
    const big = await channel.transmit(Uint8Array.of(0x80, TEST_INS.BIG, 0x60, 0x00, 0, 0, 0));
    expect(big.length).toBe(0x6002);
    await channel.transmit(COUNT);
    await channel.reset();
    expect(channel.atr).toEqual(ATR_T1);
    expect(toHex(await channel.transmit(COUNT))).toBe('019000');
    await channel.close();
  });

  test('a name that is not there, and a reader without a card', async () => {
    await expect(service.connect('ACME 9000')).rejects.toMatchObject({
      code: 'READER_NOT_FOUND',
      details: { readers: [...VIRTUAL_READERS] },
    });
    await expect(service.connect(VIRTUAL_READERS[1])).rejects.toMatchObject({ code: 'READER_EMPTY' });
  });

  test('exclusive use keeps another program out', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const channel = await connect(reader);
    const listed = await service.list();
    expect(listed.find(({ name }) => name === reader)).toEqual({
      name: reader,
      card: 'present',
      use: 'exclusive',
      atr: ATR_T1,
    });
    const other = spawnSync('opensc-tool', ['--reader', reader, '--send-apdu', '8012000000'], {
      encoding: 'utf8',
    });
    expect(other.status).not.toBe(0);
    expect(toHex(await channel.transmit(COUNT))).toBe('019000');
    await channel.close();
  });

  test('another program that has the reader exclusively is named as the reason', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const other = new Child(`
      const channel = await new transport.PcscReaderService().connect(${JSON.stringify(reader)});
      console.log('taken');
      process.stdin.on('end', () => channel.close()).resume();`);
    await other.says('taken');
    const failure = service.connect(reader);
    await expect(failure).rejects.toMatchObject({ code: 'READER_IN_USE', kind: 'reader' });
    await expect(failure).rejects.toThrow(`${reader}: another program uses the reader`);
    expect((await other.release()).code).toBe(0);
    const channel = await connect(reader);
    await channel.close();
  });

  test('shared: two programs alternate, and a transaction keeps the other out', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const channel = await connect(reader, { share: 'shared' });
    expect(toHex(await channel.transmit(COUNT))).toBe('019000');
    const other = new Child(`
      const { setTimeout: sleep } = require('node:timers/promises');
      const service = new transport.PcscReaderService();
      const connect = () => service.connect(${JSON.stringify(reader)}, { share: 'shared' });
      const channel = await connect();
      await channel.transmit(Uint8Array.of(0x80, ${TEST_INS.COUNT}, 0, 0, 0));
      await channel.close();
      console.log('shared');
      for await (const _ of process.stdin);
      await connect().then(() => console.log('not kept out'), (e) => console.log(e.code));`);
    await other.says('shared');
    await channel.transaction(async () => {
      expect(toHex(await channel.transmit(COUNT))).toBe('039000');
      expect((await other.release()).stdout).toContain('READER_IN_USE');
      expect(toHex(await channel.transmit(COUNT))).toBe('049000');
    });
    expect(toHex(await channel.transmit(COUNT))).toBe('059000');
    await channel.close();
  });

  test('a shared card that another program resets ends the channel', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const channel = await connect(reader, { share: 'shared' });
    await channel.transmit(COUNT);
    const other = new Child(`
      const channel = await new transport.PcscReaderService().connect(${JSON.stringify(reader)}, { share: 'shared' });
      await channel.reset();
      await channel.close();`);
    expect((await other.finished).code).toBe(0);
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_RESET' });
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_RESET' });
    await channel.close();
  });

  test('a card pulled out in the middle of an exchange ends it, and the channel for ever', async () => {
    const card = new TestCard();
    const inserted = await pcscd.insert(card);
    const channel = await connect(inserted.reader);
    const hanging = channel.transmit(testCommand(TEST_INS.HANG));
    while (card.seen.length === 0) await sleep(1);
    await inserted.remove();
    await expect(hanging).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    await pcscd.insert(card);
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    await channel.close();
    const fresh = await connect(inserted.reader);
    expect(toHex(await fresh.transmit(COUNT))).toBe('019000');
    await fresh.close();
  });

  test('an idle channel notices that its card was swapped', async () => {
    const inserted = await pcscd.insert(new TestCard());
    const channel = await connect(inserted.reader);
    await inserted.remove();
    await pcscd.insert(new TestCard());
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_REMOVED' });
    await channel.close();
  });

  test('a card that gives no answer', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const channel = await connect(reader);
    await expect(channel.transmit(testCommand(TEST_INS.MUTE))).rejects.toMatchObject({
      code: 'READER_CARD_MUTE',
    });
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
    await channel.close();
  });

  test('a card without an answer to reset', async () => {
    const { reader } = await pcscd.insert(new TestCard({ atr: undefined }));
    await expect(service.connect(reader)).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
  });

  test('the service ends in the middle of an exchange, and comes back', async () => {
    const card = new TestCard();
    const { reader } = await pcscd.insert(card);
    const channel = await connect(reader);
    const hanging = channel.transmit(testCommand(TEST_INS.HANG));
    while (card.seen.length === 0) await sleep(1);
    const failing = expect(hanging).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await pcscd.end('SIGKILL');
    await failing;
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await channel.close();
    await expect(service.list()).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await expect(service.connect(reader)).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await pcscd.start();
    // The virtual card comes back by itself, as its server keeps trying.
    await pcscd.until((all) => all.some((r) => r.name === reader && r.card === 'present'));
    const again = await connect(reader);
    expect(toHex(await again.transmit(COUNT))).toBe('019000');
    await again.close();
  });

  test('the service ends while nothing happens', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const channel = await connect(reader);
    await pcscd.end('SIGTERM');
    await expect(channel.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await channel.close();
  });

  test('watch: cards come and go, and a service that ends is told', async () => {
    const events: string[] = [];
    const note = (event: ReaderEvent) => events.push(`${event.kind} ${event.reader}`);
    const abort = new AbortController();
    const watching = service.watch(note, abort.signal);
    const inserted = await pcscd.insert(new TestCard(), 1);
    while (!events.includes(`card-inserted ${inserted.reader}`)) await sleep(10);
    await inserted.remove();
    while (!events.includes(`card-removed ${inserted.reader}`)) await sleep(10);
    abort.abort();
    await watching;
    expect(events.slice().sort()).toEqual(
      [
        `reader-added ${VIRTUAL_READERS[0]}`,
        `reader-added ${VIRTUAL_READERS[1]}`,
        `card-inserted ${inserted.reader}`,
        `card-removed ${inserted.reader}`,
      ].sort(),
    );
    const broken = service.watch(() => undefined, new AbortController().signal);
    const failing = expect(broken).rejects.toMatchObject({ code: 'READER_SERVICE_DOWN' });
    await sleep(100);
    await pcscd.end();
    await failing;
  });

  test('an aborted connect gives the card back', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const abort = new AbortController();
    const connecting = service.connect(reader, { signal: abort.signal });
    abort.abort();
    await expect(connecting).rejects.toThrow('aborted');
    const channel = await connect(reader);
    await channel.close();
  });

  test('two slots work truly at the same time', async () => {
    const readers = [
      (await pcscd.insert(new TestCard({ delay: 20 }), 0)).reader,
      (await pcscd.insert(new TestCard({ delay: 20 }), 1)).reader,
    ];
    const measure = new Child(
      `
      const { performance } = require('node:perf_hooks');
      const service = new transport.PcscReaderService();
      const channels = [];
      for (const name of ${JSON.stringify(readers)}) channels.push(await service.connect(name));
      const work = async (channel) => {
        for (let n = 0; n < 20; n++) await channel.transmit(Uint8Array.of(0x80, ${TEST_INS.COUNT}, 0, 0, 0));
      };
      let start = performance.now();
      for (const channel of channels) await work(channel);
      const serial = performance.now() - start;
      start = performance.now();
      await Promise.all(channels.map(work));
      const parallel = performance.now() - start;
      for (const channel of channels) await channel.close();
      console.log(JSON.stringify({ serial, parallel }));`,
      { UV_THREADPOOL_SIZE: '6' },
    );
    const { stdout, stderr } = await measure.finished;
    expect(stderr).toBe('');
    const { serial, parallel } = JSON.parse(stdout) as { serial: number; parallel: number };
    expect(serial).toBeGreaterThan(2 * 20 * 20);
    expect(parallel).toBeLessThan(0.75 * serial);
  });

  test('a program ends by itself, soon after its last use of a reader', async () => {
    const { reader } = await pcscd.insert(new TestCard());
    const program = new Child(`
      const service = new transport.PcscReaderService();
      const abort = new AbortController();
      const watching = service.watch(() => undefined, abort.signal);
      await service.list();
      const channel = await service.connect(${JSON.stringify(reader)});
      await channel.transmit(Uint8Array.of(0x80, ${TEST_INS.COUNT}, 0, 0, 0));
      await channel.close();
      abort.abort();
      await watching;
      const started = performance.now();
      process.on('exit', () => console.log(Math.round(performance.now() - started)));`);
    const { code, stdout } = await program.finished;
    expect(code).toBe(0);
    expect(Number(stdout)).toBeLessThan(1_000);
  });

  test('more looks at the readers than the service has connections leave nothing behind', async () => {
    await pcscd.insert(new TestCard());
    const program = new Child(`
      const service = new transport.PcscReaderService();
      for (let n = 0; n < 250; n++) await service.list();
      console.log('done');`);
    const { code, stdout, stderr } = await program.finished;
    expect([code, stdout.trim(), stderr]).toEqual([0, 'done', '']);
  });

  test('a program takes its reader by index or part of the name', async () => {
    const { reader } = await pcscd.insert(new TestCard(), 1);
    for (const spec of [undefined, '1', 'pcd 00 01', reader, 'all']) {
      const channels = await openReader(spec);
      expect(channels.map((channel) => channel.reader)).toEqual([reader]);
      for (const channel of channels) await channel.close();
    }
    const { readers } = await listReaders();
    expect(readers.map(({ index, name, card }) => [index, name, card])).toEqual([
      [0, VIRTUAL_READERS[0], 'absent'],
      [1, VIRTUAL_READERS[1], 'present'],
    ]);
  });

  test('exchanges asked for at once keep their order', async () => {
    const card = new TestCard();
    const { reader } = await pcscd.insert(card);
    const channel = await connect(reader);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => channel.transmit(ECHO(n))));
    expect(answers.map((answer) => answer[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await channel.close();
  });
});
