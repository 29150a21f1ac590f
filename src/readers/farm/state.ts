/** The cards of a farm in a file, so that the farm can be started again: always a whole state. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../../errors/index.js';
import type { KeptCard } from './card.js';

/** What has to be the same for the cards to fit. */
interface Plan {
  readonly profile: string;
  readonly seed: number;
  readonly cards: number;
}

const count = z.number().int().min(0);
const STATE = z.object({
  plan: z.object({ profile: z.string(), seed: z.number(), cards: count }),
  cards: z.array(
    z.object({
      number: count,
      place: z.enum(['stack', 'slot', 'out', 'good', 'bad', 'returned']),
      slot: z.string().optional(),
      insertions: count,
      exchanges: count,
      updates: count,
      cardTime: z.number(),
      swapped: z.boolean(),
      image: z.string().optional(),
    }),
  ),
});

/** @throws UsageError `USAGE_SIMULATOR_STATE` for a damaged file, or cards of another farm */
export function readFarmState(path: string, plan: Plan): KeptCard[] | undefined {
  if (!existsSync(path)) return undefined;
  let state: z.output<typeof STATE>;
  try {
    state = STATE.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UsageError('USAGE_SIMULATOR_STATE', `${path} is not the state of a farm`, { cause });
  }
  const isSame = JSON.stringify(plan) === JSON.stringify({ ...plan, ...state.plan });
  if (isSame) return state.cards;
  const { profile, seed, cards } = state.plan;
  throw new UsageError(
    'USAGE_SIMULATOR_STATE',
    `${path} holds ${cards} cards of profile ${profile} from seed ${seed}, not those of this farm`,
  );
}

/** @throws UsageError `USAGE_SIMULATOR_STATE` if it cannot be written */
export function writeFarmState(path: string, plan: Plan, cards: readonly KeptCard[]): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify({ plan, cards }));
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw new UsageError('USAGE_SIMULATOR_STATE', `${path} cannot be written`, { cause });
  }
}
