/** `simboot card info`: who the card is. */
import type { Command } from 'commander';
import { type CardInfo, readCardInfo } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { applicationTemplateJson } from '../../src/pkcs15/index.js';
import { onCards } from '../card/open.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';
import { properties, table } from '../render/table.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('info')
    .description('who the card is: ATR, mode, ICCID, applications, PINs and their tries')
    .action(() =>
      onCards(cli, async (card) => {
        const info = await readCardInfo(card);
        return { document: infoJson(info), text: () => infoText(info, cli) };
      }),
    );
  examples(command, [
    ['simboot card info', 'the card in the only reader that has one'],
    ['simboot card info --reader all --json', 'every card, for scripts'],
    ['simboot card info --reader sim:uicc', 'a simulated card'],
  ]);
}

function infoJson({ atr, applications, pins, iccid, ...rest }: CardInfo): object {
  return {
    ...rest,
    atr: toHex(atr),
    iccid: iccid ?? null,
    applications: applications.map(applicationTemplateJson),
    pins: pins.map((pin) => ({ ...pin, key: pin.key.toString(16).padStart(2, '0') })),
  };
}

function infoText(info: CardInfo, cli: CliContext): string {
  const applications = info.applications.map(({ aid, label, path }) => [
    toHex(aid).toUpperCase(),
    label ?? '',
    path?.map((fid) => fid.toString(16).toUpperCase()).join('/') ?? 'no path',
  ]);
  const pins = info.pins.map(({ name, state, tries }) => [
    name,
    state,
    tries === undefined ? 'not told' : String(tries),
  ]);
  return [
    properties([
      ['reader', info.reader],
      ['ATR', toHex(info.atr).toUpperCase()],
      ['protocol', info.protocol],
      ['mode', info.mode.toUpperCase()],
      ['ICCID', info.iccid],
    ]),
    '',
    table(['application', 'label', 'path'], applications),
    '',
    table(['PIN or key', 'state', 'tries left'], pins),
    '',
    findingsList(info.findings, cli.colours),
  ].join('\n');
}
