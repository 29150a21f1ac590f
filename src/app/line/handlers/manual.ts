/** A person at the readers: the board says what to do, the readers say that it was done. */
import type { CardHandler } from '../../../perso/index.js';

/** Moves nothing itself: a person does, and the readers tell. */
export const manualHandler: CardHandler = {
  get: async () => true,
  good: async () => undefined,
  bad: async () => undefined,
  reseat: async () => true,
};
