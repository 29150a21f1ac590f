/** `simboot demo`: the whole chain on simulated cards, told step by step. */
import type { Command } from 'commander';
import { type DemoStep, runDemo, type ShownExchange } from '../../src/app/index.js';
import type { CliContext, Colours } from '../context.js';
import { examples } from '../help.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('demo')
    .description('show the whole chain on simulated cards: no hardware, a few seconds')
    .option('--octets', 'show every exchange with the card, not only how many there were')
    .action(async ({ octets }: { octets?: boolean }) => {
      const steps: DemoStep[] = [];
      for await (const step of runDemo(cli)) {
        cli.signal.throwIfAborted();
        steps.push(step);
        if (!cli.options.json) cli.out(stepText(steps.length, step, cli, octets ?? false));
      }
      if (cli.options.json) cli.json({ steps });
      else cli.out(farewell(cli.colours));
    });
  examples(command, [
    ['simboot demo', 'what simboot does, in a few seconds'],
    ['simboot demo --octets', 'with the octets of every command and answer'],
    ['simboot demo --json', 'the same for scripts'],
  ]);
}

/** Exchanges that a step shows without --octets: the ones that tell the story, the last of each kind. */
const TELLING = [
  'MANAGE CHANNEL',
  'SELECT',
  'INITIALIZE UPDATE',
  'EXTERNAL AUTHENTICATE',
  'VERIFY',
  'READ RECORD',
  'READ BINARY',
  'UPDATE BINARY',
] as const;

function stepText(number: number, step: DemoStep, cli: CliContext, octets: boolean): string {
  const { colours, width } = cli;
  const chosen = octets ? step.exchanges : tellingOnes(step.exchanges);
  const left = step.exchanges.length - chosen.length;
  return [
    colours.bold(`${number}. ${step.title}`),
    ...wrap(step.told, Math.min(width, 100) - 3).map((line) => `   ${line}`),
    ...chosen.flatMap((exchange) => exchangeLines(exchange, colours, octets)),
    ...(left > 0 ? [colours.dim(`   … and ${left} more exchanges (--octets shows all)`)] : []),
    ...(step.picture === undefined ? [] : step.picture.split('\n').map((line) => `   ${line}`)),
    ...step.results.map((line) => `   ${colours.cyan('•')} ${line}`),
    '',
  ].join('\n');
}

function tellingOnes(exchanges: readonly ShownExchange[]): readonly ShownExchange[] {
  const telling = TELLING.map((name) => exchanges.findLast(({ title }) => title.startsWith(name)));
  return exchanges.filter((exchange) => telling.includes(exchange));
}

function exchangeLines(exchange: ShownExchange, colours: Colours, whole: boolean): string[] {
  const cut = (hex: string): string => (whole || hex.length <= 72 ? hex : `${hex.slice(0, 70)}…`);
  return [
    `   ${colours.cyan('→')} ${cut(exchange.command)}  ${colours.dim(exchange.title)}`,
    `   ${colours.cyan('←')} ${cut(exchange.answer)}  ${colours.dim(exchange.meaning)}`,
  ];
}

function farewell(colours: Colours): string {
  return [
    colours.bold('Next'),
    '   simboot sim profiles                                  simulated cards to try things on',
    '   simboot card inspect --reader sim:uicc-personalized   what a finished card looks like',
    '   simboot readers                                       the readers of this machine',
    '   simboot server start                                  a DM server',
    '   simboot client run --state device                     a device',
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > width && line !== '') {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
