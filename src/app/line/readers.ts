/** The readers of a line by the words of the command line: PC/SC, a farm in another process, simulated ones here. */
import { ReaderError, UsageError } from '../../errors/index.js';
import { FarmReaderService, type FarmReaders, LocalFarm } from '../../readers/index.js';
import { PcscReaderService, type ReaderService, type ReaderStatus } from '../../transport/index.js';

export interface LineReaders {
  readonly readers: ReaderService;
  /** Names, or `all` for those that come later, too. */
  readonly slots: readonly string[] | 'all';
  /** Simulated readers move their cards themselves. */
  readonly farm?: FarmReaders;
  /** Ends the connection to the readers. */
  close(): Promise<void>;
}

/** What simulated readers in this process are made of. */
export interface SimulatedStock {
  /** Blanks that there are. */
  readonly cards: number;
  readonly iccids?: readonly string[];
}

const SIMULATED = /^sim:([^*?]+)(?:\*(\d{1,4}))?$/;

/**
 * Opens what `--readers` names: `all` PC/SC readers, some of them by name, part of a name or index, `farm:PATH`, or
 * `sim:PROFILE*SLOTS`.
 *
 * @param there in place of PC/SC
 * @throws ReaderError `READER_NONE`, `READER_NOT_FOUND`, `READER_AMBIGUOUS`, `READER_FARM_UNREACHABLE`; UsageError for
 *   simulated readers that cannot be
 */
export async function openLineReaders(
  names: readonly string[],
  stock: SimulatedStock,
  there?: ReaderService,
): Promise<LineReaders> {
  const [first = 'all'] = names;
  if (names.length <= 1 && first.startsWith('farm:')) return ofFarm(first);
  if (names.length <= 1 && first.startsWith('sim:')) return simulated(first, stock);
  const readers = there ?? new PcscReaderService();
  const close = async (): Promise<void> => undefined;
  if (names.length <= 1 && first === 'all') return { readers, slots: 'all', close };
  const listed = await readers.list();
  if (listed.length === 0) throw new ReaderError('READER_NONE', 'no reader is connected');
  const slots = names
    .flatMap((name) => (listed.some((one) => one.name === name) ? [name] : name.split(',')))
    .map((name) => choose(listed, name.trim()));
  return { readers, slots: [...new Set(slots)], close };
}

async function ofFarm(address: string): Promise<LineReaders> {
  const farm = new FarmReaderService(address);
  await farm.list();
  return { readers: farm, slots: 'all', farm, close: () => farm.close() };
}

function simulated(spec: string, { cards, iccids }: SimulatedStock): LineReaders {
  const [, profile, slots = '1'] = SIMULATED.exec(spec) ?? [];
  if (profile === undefined) {
    throw new UsageError('USAGE_ARGUMENT', `--readers: "${spec}" is not sim:PROFILE or sim:PROFILE*SLOTS`);
  }
  const farm = new LocalFarm({
    slots: Number(slots),
    cards,
    profile,
    speed: 0,
    ...(iccids === undefined ? {} : { iccids }),
  });
  return { readers: farm, slots: 'all', farm, close: async () => undefined };
}

function choose(listed: readonly ReaderStatus[], spec: string): string {
  const exact =
    listed.find(({ name }) => name === spec) ?? (/^\d+$/.test(spec) ? listed[Number(spec)] : undefined);
  if (exact !== undefined) return exact.name;
  const found = listed.filter(({ name }) => name.toLowerCase().includes(spec.toLowerCase()));
  if (found.length === 1 && spec !== '') return found[0]!.name;
  const names = listed.map(({ name }) => name);
  throw new ReaderError(
    found.length === 0 || spec === '' ? 'READER_NOT_FOUND' : 'READER_AMBIGUOUS',
    `${found.length === 0 || spec === '' ? 'no reader is' : `${found.length} readers are`} called "${spec}"; there are: ${names.join(', ')}`,
    { details: { readers: names } },
  );
}
