/** What a record's outputs are made from. */
import type { LineRecord } from '../store/port.js';

/**
 * Opens a record: its fields (columns under a transport key decrypted) and the values drawn for it. Hex and digits as
 * text. Called for one record at a time; nothing of it is kept.
 */
export type OpenValues = (record: LineRecord) => Promise<Readonly<Record<string, string>>>;

/** States of records whose card was read back and is as ordered. */
export const GOOD_STATES = ['verified', 'released'] as const;
