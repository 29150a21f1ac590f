import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { listReaders, openReader } from '../../src/readers/index.js';
import { threadWarning } from '../../src/readers/readers.js';
import { EmulatorReaderService } from '../../src/transport/index.js';
import { ATR_T1, TEST_INS, TestCard, testCommand } from '../support/testCard.js';

const COUNT = testCommand(TEST_INS.COUNT);

/** Three readers, the second one empty. */
function desk(): EmulatorReaderService {
  const readers = new EmulatorReaderService();
  readers.addReader('ACME Twin 00 00', new TestCard());
  readers.addReader('ACME Twin 00 01');
  readers.addReader('Other Single', new TestCard());
  return readers;
}

async function opened(spec: string | undefined, readers = desk()): Promise<string[]> {
  const channels = await openReader(spec, { readers });
  const names = channels.map(({ reader }) => reader);
  for (const channel of channels) await channel.close();
  return names;
}

describe('readers by the words of the command line', () => {
  test('a whole name, a part of it in any case, an index, all', async () => {
    expect(await opened('ACME Twin 00 00')).toEqual(['ACME Twin 00 00']);
    expect(await opened('single')).toEqual(['Other Single']);
    expect(await opened('0')).toEqual(['ACME Twin 00 00']);
    expect(await opened('2')).toEqual(['Other Single']);
    expect(await opened('all')).toEqual(['ACME Twin 00 00', 'Other Single']);
  });

  test('nothing said: the one reader with a card', async () => {
    const readers = desk();
    await expect(opened(undefined, readers)).rejects.toMatchObject({
      code: 'READER_AMBIGUOUS',
      details: { readers: ['ACME Twin 00 00', 'Other Single'] },
    });
    readers.remove('ACME Twin 00 00');
    expect(await opened(undefined, readers)).toEqual(['Other Single']);
    readers.remove('Other Single');
    await expect(opened(undefined, readers)).rejects.toMatchObject({ code: 'READER_EMPTY' });
    await expect(opened(undefined, new EmulatorReaderService())).rejects.toMatchObject({
      code: 'READER_NONE',
    });
  });

  test('what does not fit, fits twice or is empty is told with the names that are there', async () => {
    await expect(opened('ACME')).rejects.toMatchObject({ code: 'READER_AMBIGUOUS' });
    await expect(opened('Nobody')).rejects.toThrow(
      'no reader\'s name contains "Nobody"; there are: ACME Twin 00 00',
    );
    await expect(opened('3')).rejects.toMatchObject({ code: 'READER_NOT_FOUND' });
    await expect(opened('1')).rejects.toMatchObject({ code: 'READER_EMPTY' });
  });

  test('with all, a reader that cannot be opened fails alone', async () => {
    const readers = desk();
    const taken = await readers.connect('Other Single');
    const [first, second] = await openReader('all', { readers });
    expect(toHex(await first!.transmit(COUNT))).toBe('019000');
    await expect(second!.transmit(COUNT)).rejects.toMatchObject({ code: 'READER_IN_USE' });
    await expect(second!.reset()).rejects.toMatchObject({ code: 'READER_IN_USE' });
    await Promise.all([first!.close(), second!.close(), taken.close()]);
  });

  test('a simulated card of a profile', async () => {
    const [channel] = await openReader('sim:uicc?protocol=t0');
    expect(channel!.reader).toBe('sim:uicc?protocol=t0');
    expect(channel!.protocol).toBe('T=0');
    expect(toHex(await channel!.transmit(fromHex('00a40004023f00')))).toMatch(/^61/);
    await channel!.close();
    await expect(openReader('sim:nonsense')).rejects.toMatchObject({ code: 'USAGE_PROFILE_UNKNOWN' });
    await expect(openReader('sim:uicc?fault=no-atr')).rejects.toMatchObject({ code: 'READER_CARD_MUTE' });
  });

  test('one trace for all readers, whole once the last is closed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'simboot-readers-'));
    const trace = join(directory, 'all.txt');
    const channels = await openReader('all', { readers: desk(), trace });
    for (const channel of channels) await channel.transmit(COUNT);
    for (const channel of channels) await channel.close();
    for (const channel of channels) await channel.close();
    const text = readFileSync(trace, 'utf8');
    expect(text.match(/# reader .*/g)).toEqual([
      '# reader ACME Twin 00 00',
      '# reader Other Single',
      '# reader ACME Twin 00 00',
      '# reader Other Single',
    ]);
    expect(text).toContain('#2 ');
    rmSync(directory, { recursive: true });
  });

  test('a trace that cannot be written gives the card back', async () => {
    const readers = desk();
    await expect(openReader('single', { readers, trace: '/nowhere/x.txt' })).rejects.toMatchObject({
      code: 'USAGE_FILE_UNWRITABLE',
    });
    expect(await opened('single', readers)).toEqual(['Other Single']);
  });

  test('the list has indexes, states and answers to reset', async () => {
    const readers = desk();
    const channel = await readers.connect('Other Single');
    expect((await listReaders({ readers })).readers).toEqual([
      { index: 0, name: 'ACME Twin 00 00', card: 'present', use: 'free' },
      { index: 1, name: 'ACME Twin 00 01', card: 'absent', use: 'free' },
      { index: 2, name: 'Other Single', card: 'present', use: 'exclusive', atr: ATR_T1 },
    ]);
    await channel.close();
  });

  test('more readers than threads is a warning', () => {
    expect(threadWarning(4, undefined)).toEqual([]);
    expect(threadWarning(5, undefined)).toEqual([expect.stringContaining('UV_THREADPOOL_SIZE=9')]);
    expect(threadWarning(5, '36')).toEqual([]);
  });
});
