/** `simboot sim start`: a simulated card in a virtual reader of the PC/SC service, until it is interrupted. */
import type { Command } from 'commander';
import { toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  serveSimulatedCard,
  type VirtualReaderOptions,
  type VirtualReaderReport,
} from '../../src/readers/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { properties } from '../render/table.js';

interface StartOptions {
  readonly vpcd?: string;
  readonly state?: string;
  readonly fault: readonly string[];
}

type Exchange = Parameters<NonNullable<VirtualReaderOptions['onExchange']>>[0];

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('start')
    .description('put a simulated card into a virtual PC/SC reader (vsmartcard-vpcd) until interrupted')
    .argument('[profile]', 'profile (`simboot sim profiles`), YAML file, or PROFILE?option=value', 'uicc')
    .option('--vpcd <host:port>', 'where vpcd listens (127.0.0.1:35963 is the first virtual reader)')
    .option('--state <file>', 'keep the card in a JSON file')
    .option('--fault <fault>', 'a fault such as tear@12 (repeatable)', collect, [])
    .action(async (profile: string, options: StartOptions) => {
      const report = await serveSimulatedCard({
        card: profile,
        faults: options.fault,
        ...(options.state === undefined ? {} : { state: options.state }),
        ...(options.vpcd === undefined ? {} : endpoint(options.vpcd)),
        signal: cli.signal,
        onState: (state, card) => {
          cli.note(
            state === 'inserted' ? `${card} is in the virtual reader; interrupt to take it out` : state,
          );
        },
        ...(cli.options.verbose ? { onExchange: (exchange) => cli.note(exchangeLine(exchange)) } : {}),
      });
      cli.result(report, () => reportLines(report));
    });
  examples(command, [
    ['simboot sim start', 'a blank UICC in the first virtual reader'],
    ['simboot sim start uicc-t0 --state card.json', 'a T=0 card that remembers what was written'],
    ['simboot sim start uicc --vpcd localhost:35964 --fault tear@12', 'torn out of the second reader'],
  ]);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** @throws UsageError `USAGE_ARGUMENT` for anything but HOST:PORT */
function endpoint(text: string): { host: string; port: number } {
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65535) {
    throw new UsageError('USAGE_ARGUMENT', `--vpcd: "${text}" is not HOST:PORT`);
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** The header, the number of octets behind it, the status word: no PIN and no key is shown. */
function exchangeLine({ number, command, response, outcome, milliseconds }: Exchange): string {
  const header = toHex(command.subarray(0, 4));
  const status = response === undefined ? outcome : toHex(response.subarray(-2));
  const received = Math.max(0, (response?.length ?? 0) - 2);
  const octets = `${Math.max(0, command.length - 4)} > ${received}`;
  return `${String(number).padStart(5)}  ${header}  ${octets.padEnd(10)}  ${status}  ${milliseconds.toFixed(1)} ms`;
}

function reportLines(report: VirtualReaderReport): string {
  return properties([
    ['profile', report.profile],
    ['virtual reader', report.vpcd],
    ['end', report.end === 'aborted' ? 'taken out' : 'torn out'],
    ['exchanges', String(report.exchanges)],
    ['time of a real card', `${(report.cardMilliseconds / 1000).toFixed(1)} s`],
  ]);
}
