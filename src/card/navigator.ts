import type { FileInfo, FileLocation, KeyReference } from './card.js';

/** The way to a file's content: current already, or by its SFI in the first command. */
export interface Approach {
  readonly info: FileInfo;
  readonly sfi?: number;
}

/**
 * Knows what is selected on one logical channel, and makes files current with the fewest exchanges.
 *
 * `known` answers come from memory: what a SELECT told once is not asked again until the file changes.
 */
export interface Navigator {
  /** SELECT with its answer; no exchange if the file is current and described already. */
  select(location: FileLocation): Promise<FileInfo>;
  /** Makes the file current; its description may come from memory. */
  open(location: FileLocation): Promise<FileInfo>;
  /** As `open`, but leaves out the SELECT where the SFI addresses the file as well. */
  approach(location: FileLocation): Promise<Approach>;
  /** After a command with an SFI: that file is current now. */
  arrivedBySfi(location: FileLocation): void;
  /** The description without making the file current, if it is known; otherwise by SELECT. */
  info(location: FileLocation): Promise<FileInfo>;
  /** Makes a DF, ADF or the MF current, without asking for its answer where that saves an exchange. */
  enter(location: FileLocation): Promise<void>;
  /** Replaces what is known of a file, after its content taught more than its SELECT. */
  learn(location: FileLocation, info: FileInfo): void;
  /** Forgets a file that has changed; `moved` if the current directory may be another one now. */
  forget(location: FileLocation, moved: boolean): void;
  /** What directories told of a PIN before it was enabled or disabled is put right. */
  pinSwitched(key: KeyReference, enabled: boolean): void;
  /** The directory that holds the file; none for the MF. */
  parent(location: FileLocation): FileLocation | undefined;
  /** One text per file. */
  key(location: FileLocation): string;
}

/** Puts the state of a PIN right in all that is known of files. */
export function switchPinIn(files: Map<string, FileInfo>, key: KeyReference, enabled: boolean): void {
  for (const [file, info] of files) {
    if (!info.pins.some((pin) => pin.key === key)) continue;
    files.set(file, { ...info, pins: info.pins.map((pin) => (pin.key === key ? { ...pin, enabled } : pin)) });
  }
}
