/** What a line keeps: the port, its rules, and the store in memory. */
export {
  changeRecord,
  freeRecord,
  recoverChange,
  recoverEvent,
  recoveredEvent,
  reservedEvent,
  valueName,
} from './changes.js';
export { memoryLineStore } from './memory.js';
export * from './port.js';
export { batchExists, batchUnknown, cardTaken, conflict, fenced, requireClock } from './refusals.js';
