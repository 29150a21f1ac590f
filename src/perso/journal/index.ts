/** The journal of a station: entries in a chain, exported and verified without the store. */
export {
  CHAIN_START,
  type ChainHead,
  EMPTY_CHAIN,
  entryHash,
  entryLine,
  eventOf,
  eventText,
  nextEntries,
  parseEntryLine,
} from './entry.js';
