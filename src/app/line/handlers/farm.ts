/** The handler of a farm of simulated readers: it moves cards as a machine would. */
import type { CardHandler } from '../../../perso/index.js';
import type { FarmReaders } from '../../../readers/index.js';

/** @param blanks how many cards may be taken from the stack; all unless told */
export function farmHandler(farm: Pick<FarmReaders, 'move'>, blanks = Number.POSITIVE_INFINITY): CardHandler {
  let left = blanks;
  return {
    async get(slot) {
      // a card that was torn out goes in again before any blank: it alone can bring its record home
      if (await farm.move(slot, 'reseat')) return true;
      if (left <= 0) return false;
      left--;
      const came = await farm.move(slot, 'get');
      if (!came) left++;
      return came;
    },
    async good({ slot }) {
      await farm.move(slot, 'good');
    },
    async bad({ slot, reason }) {
      await farm.move(slot, isFine(reason.code) ? 'returned' : 'bad');
    },
    reseat: (slot) => farm.move(slot, 'reseat'),
  };
}

/** Cards that nobody touched go back to where they came from. */
function isFine(code: string): boolean {
  return code === 'ALREADY_DONE' || code === 'NO_RECORD' || code === 'WRONG_ATR' || code === 'DUPLICATE_CARD';
}
