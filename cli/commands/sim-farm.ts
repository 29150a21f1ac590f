/** `simboot sim farm`: many simulated readers with a stack of blanks behind a socket, until it is interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { type FarmStatus, type ServeFarmOptions, serveFarm } from '../../src/readers/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { properties } from '../render/table.js';

interface FarmCommandOptions {
  readonly socket: string;
  readonly slots: string;
  readonly cards: string;
  readonly profile: string;
  readonly wrongProfile: string;
  readonly speed: string;
  readonly handling: string;
  readonly seed: string;
  readonly fault: readonly string[];
  readonly iccids?: string;
  readonly firstIccid?: string;
  readonly state?: string;
}

const STATUS_EVERY = 5_000;

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('farm')
    .description(
      'many simulated readers with a stack of blanks, for `--readers farm:PATH`, until interrupted',
    )
    .requiredOption('--socket <path>', 'a Unix socket, or HOST:PORT')
    .option('--slots <number>', 'readers', '8')
    .option('--cards <number>', 'blanks in the stack', '100')
    .option('--profile <name>', 'the cards (`simboot sim profiles`)', 'uicc-line')
    .option('--wrong-profile <name>', 'what a `wrong` card is', 'sim-line')
    .option('--speed <factor>', 'card time is divided by this; 0 waits for nothing', '1')
    .option('--handling <ms>', 'milliseconds to change a card, divided by --speed too', '0')
    .option('--seed <number>', 'makes identities and faults', '1')
    .option('--fault <fault>', 'KIND:SHARE or CARD=KIND[@EXCHANGE][:DETAIL] (repeatable)', collect, [])
    .option('--iccids <file>', 'printed ICCIDs, one a line, in the order of the stack')
    .option('--first-iccid <digits>', 'the first of consecutive printed ICCIDs, without its check digit')
    .option('--state <file>', 'keep the cards in a file when the farm ends, and take them from there')
    .action(async (options: FarmCommandOptions) => {
      const farm = await serveFarm(await farmOf(cli, options));
      cli.note(`${options.slots} slots, ${options.cards} blanks: ${farm.address}`);
      while (!cli.signal.aborted) {
        await sleep(STATUS_EVERY, undefined, { signal: cli.signal }).catch(() => undefined);
        if (!cli.signal.aborted) cli.note(line(farm.status()));
      }
      const status = farm.status();
      await farm.close();
      cli.result(status, () => report(status));
    });
  examples(command, [
    ['simboot sim farm --socket farm.sock', 'eight slots and a hundred blanks, as slow as real cards'],
    ['simboot sim farm --socket farm.sock --slots 32 --cards 5000 --speed 10', 'ten times as fast'],
    ['simboot sim farm --socket farm.sock --fault tear:0.02 --fault 7=swap', 'cards that fail'],
    ['simboot card info --reader farm:farm.sock?slots=3-3', 'one of its slots as a reader'],
  ]);
}

async function farmOf(cli: CliContext, options: FarmCommandOptions): Promise<ServeFarmOptions> {
  const iccids = await printed(cli, options);
  return {
    socket: options.socket,
    slots: number('--slots', options.slots),
    cards: number('--cards', options.cards),
    profile: options.profile,
    wrongProfile: options.wrongProfile,
    speed: number('--speed', options.speed),
    handling: number('--handling', options.handling),
    seed: number('--seed', options.seed),
    faults: options.fault,
    ...(iccids === undefined ? {} : { iccids }),
    ...(options.state === undefined ? {} : { state: options.state }),
  };
}

async function printed(cli: CliContext, options: FarmCommandOptions): Promise<ServeFarmOptions['iccids']> {
  if (options.firstIccid !== undefined) return { first: options.firstIccid };
  if (options.iccids === undefined) return undefined;
  const text = decodeUtf8(await readInput(cli, options.iccids));
  return text.split(/\r?\n/).filter((iccid) => iccid !== '');
}

/** @throws UsageError `USAGE_ARGUMENT` */
function number(option: string, text: string): number {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Number(text);
  throw new UsageError('USAGE_ARGUMENT', `${option}: "${text}" is no number`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function line({ clients, cards, exchanges }: FarmStatus): string {
  const { stack, slot, out, good, bad, returned } = cards;
  return (
    `${clients} clients, ${exchanges} exchanges; cards: ${stack} in the stack, ${slot} in slots, ${out} out, ` +
    `${good} good, ${bad} bad, ${returned} returned`
  );
}

function report({ cards, exchanges, cardTime, cpu }: FarmStatus): string {
  return properties([
    ['good', String(cards.good)],
    ['bad', String(cards.bad)],
    ['returned', String(cards.returned)],
    ['left in the stack', String(cards.stack)],
    ['left in slots', String(cards.slot + cards.out)],
    ['exchanges', String(exchanges)],
    ['time of real cards', `${(cardTime / 1000).toFixed(1)} s`],
    ['processor time', `${cpu.toFixed(1)} s`],
  ]);
}
