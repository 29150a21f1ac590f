import type { FileInfo } from './card.js';
import type { Target } from './path.js';

export type SelectForm = 'fid' | 'aid' | 'path';

/** What was learned about one card, shared by all its logical channels: nothing is asked twice. */
export interface CardMemory {
  /** Descriptions of files, by target. */
  readonly files: Map<string, FileInfo>;
  /** Files that are elsewhere than first looked for. */
  readonly aliases: Map<string, Target>;
  /** AIDs that SELECT did not find, although a path leads to the application. */
  readonly absentApplications: Set<string>;
  /** EF(ARR) records by file and number; `undefined` = the card has none there. */
  readonly rules: Map<string, Uint8Array | undefined>;
  /** The P2 that the card accepts in SELECT, by the form of P1. */
  readonly selectP2: Map<SelectForm, number>;
  /** Whether the card has shown that it knows 7FFF as the current ADF. */
  knowsCurrentAdf: boolean;
  /** Whether the card knows selection by path (P1 = 08). */
  selectsByPath: boolean;
}

export function newCardMemory(): CardMemory {
  return {
    files: new Map(),
    aliases: new Map(),
    absentApplications: new Set(),
    rules: new Map(),
    selectP2: new Map(),
    knowsCurrentAdf: false,
    selectsByPath: true,
  };
}
