/**
 * Which file is selected on which logical channel, as far as the commands of a trace tell. When in doubt the file is
 * unknown, and its content hidden.
 */
import { type CommandApdu, channelOfCla, SW } from '../../apdu/index.js';
import { hex8, hex16 } from '../../bytes/index.js';
import { applicationName, fidOfSfi, fileName, isDirectory, isPublicFile } from './files.js';

interface Place {
  /** Directories from the top, as shown. */
  readonly directory: readonly string[];
  readonly isMf: boolean;
  readonly file?: number;
}

/** A file as a trace names it. */
export interface NamedFile {
  readonly name: string;
  readonly isPublic: boolean;
}

const NOWHERE: Place = { directory: ['?'], isMf: false };
const MF: Place = { directory: ['3F00'], isMf: true };
const HIDDEN: NamedFile = { name: 'an unknown file', isPublic: false };

export class FileFollower {
  readonly #places = new Map<number, Place>();

  /** A reset selects the MF on the basic channel and closes the others (TS 102 221 §8.4). */
  reset(): void {
    this.#places.clear();
    this.#places.set(0, MF);
  }

  /** Takes note of a SELECT; `sw` decides whether it took place. */
  selected(command: CommandApdu, sw: number): void {
    const channel = channelOfCla(command.cla);
    const first = sw >> 8;
    const done = sw === SW.OK || first === 0x61 || first === 0x9f || sw === SW.SELECTED_FILE_DEACTIVATED;
    // A secure channel may have the identifier encrypted.
    const place = done && !isSecured(command.cla) ? target(this.place(channel), command) : undefined;
    this.#places.set(channel, place ?? NOWHERE);
  }

  /** The file that a READ or UPDATE works on; `sfi` is the short identifier in it, 0 for the selected file. */
  file(command: CommandApdu, sfi: number): NamedFile {
    const place = this.place(channelOfCla(command.cla));
    if (sfi !== 0) {
      const fid = place.isMf ? fidOfSfi(sfi) : undefined;
      if (fid !== undefined) return named(place, fid);
      return { name: `${place.directory.join('/')}/SFI ${hex8(sfi)}`, isPublic: false };
    }
    return place.file === undefined ? HIDDEN : named(place, place.file);
  }

  /** A record or binary access by short identifier selects that file, too. */
  accessed(command: CommandApdu, sfi: number): void {
    if (sfi === 0) return;
    const channel = channelOfCla(command.cla);
    const { file: _, ...place } = this.place(channel);
    const fid = place.isMf ? fidOfSfi(sfi) : undefined;
    this.#places.set(channel, fid === undefined ? place : { ...place, file: fid });
  }

  private place(channel: number): Place {
    return this.#places.get(channel) ?? NOWHERE;
  }
}

/** Secure messaging bits of the class octet (ISO/IEC 7816-4 §5.4.1, GlobalPlatform 2.3.1 §11.1.4). */
export function isSecured(cla: number): boolean {
  if (cla === 0xa0) return false;
  return (cla & 0x40) === 0 ? (cla & 0x0c) !== 0 : (cla & 0x20) !== 0;
}

function named(place: Place, fid: number): NamedFile {
  return { name: `${place.directory.join('/')}/${fileName(fid)}`, isPublic: isPublicFile(fid) };
}

/** Where a successful SELECT leads (TS 102 221 §11.1.1), or nothing if that cannot be told. */
function target(from: Place, command: CommandApdu): Place | undefined {
  const data = command.data ?? new Uint8Array(0);
  switch (command.p1) {
    case 0x00:
    case 0x01:
    case 0x02:
      return data.length === 2 ? step(from, fidAt(data, 0)) : data.length === 0 ? MF : undefined;
    case 0x04:
      return { directory: [applicationName(data)], isMf: false };
    case 0x08:
      return walk(MF, data);
    case 0x09: {
      const { file: _, ...directory } = from;
      return walk(directory, data);
    }
    default:
      return undefined;
  }
}

function walk(from: Place, data: Uint8Array): Place | undefined {
  if (data.length === 0 || data.length % 2 !== 0) return undefined;
  let place: Place | undefined = from;
  for (let at = 0; at < data.length && place !== undefined; at += 2) {
    const fid = fidAt(data, at);
    const isLast = at + 2 === data.length;
    place = isDirectory(fid) || !isLast ? enter(place, fid) : { ...place, file: fid };
  }
  return place;
}

function step(from: Place, fid: number): Place {
  if (fid === 0x3f00) return MF;
  if (!isDirectory(fid)) return { directory: from.directory, isMf: from.isMf, file: fid };
  // By its identifier alone a 7Fxx may be child or neighbour; under the MF is where 2G has them all.
  if (fid >> 8 === 0x7f && fid !== 0x7fff) return enter(MF, fid);
  const top = from.directory.filter((part) => !part.startsWith('5F'));
  return enter({ directory: top, isMf: false }, fid);
}

function enter(from: Place, fid: number): Place {
  return { directory: [...from.directory, hex16(fid)], isMf: false };
}

function fidAt(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!;
}
