/** The files that a card has among those that many cards have: a card lists none, so that each is asked for. */
import { SimbootError } from '../errors/index.js';
import type { ApplicationLocation, Card, FileInfo, FileLocation, FilePath } from './card.js';
import { fileName, knownPaths } from './names.js';
import { describeLocation } from './path.js';

/** One file that was found, with the files found in it. */
export interface FileNode {
  readonly location: FileLocation;
  /** `EF(DIR) 2F00`, or what it is called without a known name. */
  readonly name: string;
  /** Its description; absent where the card refuses to select it. */
  readonly info?: FileInfo;
  /** Why it cannot be selected. */
  readonly refusal?: string;
  readonly children: readonly FileNode[];
}

/**
 * The known files of the MF and of the given applications. SELECT alone is sent, so that the card stays as it is.
 *
 * @param applications as EF(DIR) lists them; in 2G mode those with a path are found from the MF
 * @throws ReaderError if the card is gone
 * @example
 * const [channel] = await openReader('sim:sim');
 * const [mf] = await listFiles(await openCard(channel!));
 * mf?.children[0]?.name // → 'EF(DIR) 2F00'
 */
export async function listFiles(
  card: Card,
  applications: readonly ApplicationLocation[] = [],
): Promise<FileNode[]> {
  const fromMf = await probe(card, [0x3f00], knownPaths(), (path) => ({ path }));
  const roots = fromMf ? [fromMf] : [];
  for (const application of card.mode === '3g' ? applications : []) {
    const under = (relative: FilePath): FileLocation => ({ application, relative });
    const node = await probe(card, [], APPLICATION_FILES, under);
    if (node) roots.push(node);
  }
  return roots;
}

/** Identifiers with the same meaning in every PKCS#15 application and, for EF(ARR), in every ADF. */
const APPLICATION_FILES: readonly FilePath[] = [[0x5031], [0x5032], [0x6f06]];

/** The file itself, then the candidates right below it; nothing where the card has no such file. */
async function probe(
  card: Card,
  path: FilePath,
  candidates: readonly FilePath[],
  locate: (path: FilePath) => FileLocation,
): Promise<FileNode | undefined> {
  const location = locate(path);
  const found = await selectOrRefusal(card, location);
  if (!found) return undefined;
  const children: FileNode[] = [];
  const below = candidates.filter((candidate) => path.every((fid, i) => candidate[i] === fid));
  for (const next of below.filter((candidate) => candidate.length === path.length + 1)) {
    const child = await probe(card, next, below, locate);
    if (child) children.push(child);
  }
  return { location, name: fileName(path) ?? describeLocation(location), ...found, children };
}

async function selectOrRefusal(
  card: Card,
  location: FileLocation,
): Promise<Pick<FileNode, 'info' | 'refusal'> | undefined> {
  try {
    return { info: await card.select(location) };
  } catch (error) {
    if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
    return error.code === 'CARD_FILE_NOT_FOUND' ? undefined : { refusal: error.message };
  }
}
