/** Readers by the words of the command line: a name, a part of it, an index, `sim:PROFILE`, `all`. */
import type { CardChannel } from '../apdu/index.js';
import { ReaderError, UsageError } from '../errors/index.js';
import {
  EmulatorReaderService,
  openTrace,
  PcscReaderService,
  type ReaderChannel,
  type ReaderService,
  type ReaderStatus,
  Recorder,
  type ShareMode,
} from '../transport/index.js';
import { TracedChannel, UnopenedChannel } from './channels.js';
import { FarmReaderService } from './farm/client.js';

export interface OpenReaderOptions {
  readonly share?: ShareMode;
  /** Records into this file, `.txt` or `.pcap`. */
  readonly trace?: string;
  /** The trace shows the content of every file; keys and PINs stay hidden all the same. */
  readonly revealTrace?: boolean;
  readonly signal?: AbortSignal;
  /** In place of PC/SC. */
  readonly readers?: ReaderService;
}

/** A reader as `simboot readers` lists it; `index` can be used in place of its name. */
export interface ListedReader extends ReaderStatus {
  readonly index: number;
}

export interface ReaderList {
  readonly readers: readonly ListedReader[];
  /** What is going to hurt, in words. */
  readonly warnings: readonly string[];
}

/**
 * Opens the readers that `spec` means:
 *
 * - nothing: the one reader that has a card
 * - `sim:PROFILE?option=value`: a simulated card in this process
 * - `farm:PATH?slots=3-3`: the slot of a farm of simulated readers (`simboot sim farm`) that has a card
 * - `all`: every reader with a card; one that cannot be opened gives a channel that fails with the reason
 * - a number: the reader with that index
 * - anything else: the reader with that name, or the only one whose name contains it
 *
 * @returns one channel, or with `all` one for each card; close each of them
 * @throws ReaderError `READER_NONE`, `READER_NOT_FOUND`, `READER_AMBIGUOUS`, `READER_EMPTY`, and those of connecting
 * @throws UsageError for a wrong profile or option of a simulated reader, or a trace file that cannot be written
 * @example
 * const [channel] = await openReader('sim:uicc');
 * channel?.reader // → 'sim:uicc'
 */
export async function openReader(
  spec: string | undefined,
  options: OpenReaderOptions = {},
): Promise<readonly CardChannel[]> {
  options.signal?.throwIfAborted();
  const channels = await channelsOf(spec, options);
  if (options.trace === undefined) return channels;
  return traced(channels, options.trace, options);
}

/**
 * The PC/SC readers with their states.
 *
 * @throws ReaderError if the binding is missing (the message says what to install) or the service is down
 */
export async function listReaders(options: { readonly readers?: ReaderService } = {}): Promise<ReaderList> {
  const readers = await (options.readers ?? new PcscReaderService()).list();
  const listed = readers.map((status, index) => ({ index, ...status }));
  return { readers: listed, warnings: threadWarning(listed.length, process.env.UV_THREADPOOL_SIZE) };
}

/** Each exchange over PC/SC occupies a thread of libuv's pool; with fewer threads than readers, cards wait. */
export function threadWarning(readers: number, poolSize: string | undefined): string[] {
  const threads = Number(poolSize) || 4;
  if (readers <= threads) return [];
  return [
    `${readers} readers share ${threads} threads, so cards wait for one another; ` +
      `set UV_THREADPOOL_SIZE=${readers + 4} before the program starts`,
  ];
}

/**
 * The readers behind an address: PC/SC for nothing or `pcsc`, a farm of simulated readers for `farm:PATH`.
 *
 * @throws UsageError `USAGE_ARGUMENT` for anything else
 */
export function openReaderService(address?: string): ReaderService {
  if (address === undefined || address === 'pcsc') return new PcscReaderService();
  if (address.startsWith('farm:')) return new FarmReaderService(address);
  throw new UsageError('USAGE_ARGUMENT', `readers "${address}": pcsc or farm:PATH expected`);
}

async function channelsOf(
  spec: string | undefined,
  options: OpenReaderOptions,
): Promise<readonly CardChannel[]> {
  if (spec?.startsWith('sim:')) return [await openSimulated(spec)];
  if (spec?.startsWith('farm:')) {
    return openReal(undefined, { ...options, readers: new FarmReaderService(spec) });
  }
  return openReal(spec, options);
}

async function openSimulated(spec: string): Promise<ReaderChannel> {
  const { createSimulatedCard, parseSimSpec } = await import('../simulator/index.js');
  const readers = new EmulatorReaderService();
  readers.addReader(spec, createSimulatedCard(parseSimSpec(spec)));
  return readers.connect(spec);
}

async function openReal(spec: string | undefined, options: OpenReaderOptions): Promise<CardChannel[]> {
  const { readers = new PcscReaderService(), share = 'exclusive', signal } = options;
  const connecting = { share, ...(signal === undefined ? {} : { signal }) };
  const there = await readers.list();
  if (there.length === 0) throw new ReaderError('READER_NONE', 'no reader is connected');
  if (spec !== 'all') return [await readers.connect(choose(there, spec).name, connecting)];
  const filled = withCard(there);
  return Promise.all(
    filled.map(({ name }) =>
      readers.connect(name, connecting).catch((error: unknown) => {
        if (error instanceof ReaderError) return new UnopenedChannel(name, error);
        throw error;
      }),
    ),
  );
}

function choose(there: readonly ReaderStatus[], spec: string | undefined): ReaderStatus {
  if (spec === undefined) return only(withCard(there), 'have a card');
  const exact = there.find(({ name }) => name === spec);
  if (exact !== undefined) return exact;
  if (/^\d+$/.test(spec)) {
    const indexed = there[Number(spec)];
    if (indexed !== undefined) return indexed;
    throw notFound(`there is no reader ${spec}`, there);
  }
  const part = spec.toLowerCase();
  const matching = there.filter(({ name }) => name.toLowerCase().includes(part));
  if (matching.length === 0) throw notFound(`no reader's name contains "${spec}"`, there);
  return only(matching, `have "${spec}" in their names`);
}

function withCard(there: readonly ReaderStatus[]): readonly ReaderStatus[] {
  const filled = there.filter(({ card }) => card !== 'absent');
  if (filled.length > 0) return filled;
  throw new ReaderError('READER_EMPTY', `there is no card in any reader (${namesOf(there)})`, {
    details: { readers: there.map(({ name }) => name) },
  });
}

function only(matching: readonly ReaderStatus[], why: string): ReaderStatus {
  const [first] = matching;
  if (first !== undefined && matching.length === 1) return first;
  throw new ReaderError('READER_AMBIGUOUS', `${matching.length} readers ${why}: ${namesOf(matching)}`, {
    details: { readers: matching.map(({ name }) => name) },
  });
}

function notFound(why: string, there: readonly ReaderStatus[]): ReaderError {
  return new ReaderError('READER_NOT_FOUND', `${why}; there are: ${namesOf(there)}`, {
    details: { readers: there.map(({ name }) => name) },
  });
}

function namesOf(readers: readonly ReaderStatus[]): string {
  return readers.map(({ name }) => name).join(', ');
}

/** One trace for all; it is complete once the last channel is closed. */
async function traced(
  channels: readonly CardChannel[],
  path: string,
  options: OpenReaderOptions,
): Promise<readonly CardChannel[]> {
  try {
    const sink = openTrace(path);
    const reveal = options.revealTrace ?? false;
    let left = channels.length;
    const closed = () => {
      if (--left === 0) sink.close();
    };
    return channels.map((channel) => new TracedChannel(new Recorder(channel, sink, { reveal }), closed));
  } catch (error) {
    await Promise.all(channels.map((channel) => channel.close()));
    throw error;
  }
}
