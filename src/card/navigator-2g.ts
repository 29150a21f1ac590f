/** Selection in 2G mode (TS 51.011 §6.5): one file identifier at a time, from the directory that is current. */
import { hex16 } from '../bytes/index.js';
import { CardError, DataError } from '../errors/index.js';
import type { FileInfo, FileLocation, FilePath, KeyReference } from './card.js';
import { type Approach, type Navigator, switchPinIn } from './navigator.js';
import { describeLocation, looksLikeDf, MF, path2g } from './path.js';
import { decodeSelect2g } from './response-2g.js';
import { demand, type Wire } from './wire.js';

/** How a 2G SELECT answer waits: 9Fxx announces it, GET RESPONSE fetches it. */
const FETCH = { le: 256 } as const;

export class Navigator2g implements Navigator {
  /** The current directory; a reset card is at the MF. */
  private directory: FilePath = [MF];
  private ef: number | undefined;
  private readonly known = new Map<string, FileInfo>();

  constructor(private readonly wire: Wire) {}

  async select(location: FileLocation): Promise<FileInfo> {
    const path = path2g(location);
    const known = this.known.get(pathKey(path));
    if (known && this.isCurrent(path)) return known;
    return this.fetch(path);
  }

  async open(location: FileLocation): Promise<FileInfo> {
    const path = path2g(location);
    const known = this.known.get(pathKey(path));
    if (!known) return this.fetch(path);
    if (!this.isCurrent(path)) await this.walk(path, known.kind === 'ef');
    return known;
  }

  async approach(location: FileLocation): Promise<Approach> {
    return { info: await this.open(location) };
  }

  /** 2G mode has no SFIs, so that nothing arrives by one. */
  arrivedBySfi(): void {}

  async info(location: FileLocation): Promise<FileInfo> {
    return this.known.get(this.key(location)) ?? this.select(location);
  }

  async enter(location: FileLocation): Promise<void> {
    await this.walk(path2g(location), false);
  }

  learn(location: FileLocation, info: FileInfo): void {
    this.known.set(this.key(location), info);
  }

  pinSwitched(key: KeyReference, enabled: boolean): void {
    switchPinIn(this.known, key, enabled);
  }

  forget(location: FileLocation): void {
    this.known.delete(this.key(location));
    this.ef = undefined;
  }

  parent(location: FileLocation): FileLocation | undefined {
    const path = path2g(location);
    return path.length > 1 ? { path: path.slice(0, -1) } : undefined;
  }

  key(location: FileLocation): string {
    return pathKey(path2g(location));
  }

  /** The current directory's answer once more: it tells the tries that a CHV has left now (§9.2.1). */
  async directoryNow(): Promise<FileInfo> {
    return this.step(this.directory, true);
  }

  private isCurrent(path: FilePath): boolean {
    const directory = pathKey(this.directory);
    if (this.ef === undefined) return directory === pathKey(path);
    return `${directory}/${hex16(this.ef)}` === pathKey(path) || directory === pathKey(path);
  }

  private async fetch(path: FilePath): Promise<FileInfo> {
    // Only a DF can be selected from its sibling, and only its identifier says beforehand that it is one.
    const target = looksLikeDf(path.at(-1)!) ? path : path.slice(0, -1);
    const walk = shortestWalk(this.directory, target);
    for (const next of target === path ? walk.slice(0, -1) : walk) await this.step(next, false);
    return this.step(path, true);
  }

  /** Goes to a directory, or to an EF in one, without fetching answers. */
  private async walk(path: FilePath, toEf: boolean): Promise<void> {
    const directory = toEf ? path.slice(0, -1) : path;
    for (const next of shortestWalk(this.directory, directory)) await this.step(next, false);
    if (toEf) await this.step(path, false);
  }

  /** One SELECT. With `fetch`, its answer says whether the file is a directory; without, the caller knows that. */
  private async step(path: FilePath, fetch: true): Promise<FileInfo>;
  private async step(path: FilePath, fetch: boolean): Promise<FileInfo | undefined>;
  private async step(path: FilePath, fetch: boolean): Promise<FileInfo | undefined> {
    const location = { path };
    const fid = path.at(-1)!;
    const action = `SELECT ${describeLocation(location)}`;
    const command = { ins: 0xa4, p1: 0, p2: 0, data: Uint8Array.of(fid >> 8, fid & 0xff) };
    this.ef = undefined;
    const response = await demand(this.wire, fetch ? { ...command, ...FETCH } : command, action, {
      path: pathKey(path),
    });
    const info = fetch ? decodeAt(response.data, action) : this.known.get(pathKey(path));
    if (info && fetch) this.known.set(pathKey(path), info);
    if (info?.kind === 'ef') this.ef = fid;
    else this.directory = path;
    return info;
  }
}

function decodeAt(bytes: Uint8Array, action: string): FileInfo {
  try {
    return decodeSelect2g(bytes);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new CardError('CARD_RESPONSE', `${action}: ${cause.message}`, { cause });
  }
}

function pathKey(path: FilePath): string {
  return path.map((fid) => hex16(fid)).join('/');
}

/**
 * The directories to select, one after another, to come from one to another: to children, to the parent, to a
 * sibling DF or to the MF (TS 51.011 §6.5), whichever way is shortest.
 */
function shortestWalk(from: FilePath, to: FilePath): FilePath[] {
  const prefix = (length: number): FilePath => to.slice(0, length);
  const descend = (start: number): FilePath[] =>
    Array.from({ length: to.length - start }, (_, i) => prefix(start + i + 1));
  let common = 0;
  while (common < from.length && from[common] === to[common]) common++;
  if (common === from.length) return descend(common);

  const viaMf = [[MF], ...descend(1)];
  if (common === 0) return viaMf;
  const ups = Array.from({ length: from.length - common }, (_, i) => from.slice(0, from.length - 1 - i));
  // From a child of the common directory its sibling is one step away; the common directory itself is skipped.
  const viaParents = to.length > common ? [...ups.slice(0, -1), ...descend(common)] : ups;
  return viaParents.length < viaMf.length ? viaParents : viaMf;
}
