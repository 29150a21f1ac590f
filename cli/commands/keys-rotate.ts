/** `simboot keys rotate`: a new key set onto a card, from whatever state an interrupted run has left. */
import { type Command, Option } from 'commander';
import { fromHex, hex8, toHex } from '../../src/bytes/index.js';
import type { StoredKeySet } from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  type CardRotationResult,
  DEVIATIONS,
  type Deviation,
  type KeyFieldForm,
  rotateCardKeys,
} from '../../src/globalplatform/index.js';
import { onChannels } from '../card/open.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { type OpenKeySets, openKeySets } from '../keySets.js';
import { isToken, keyVersion, passphraseOption, storeOption } from '../keyStores.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly store: string;
  readonly passphrase?: string;
  readonly current: string;
  readonly next: string;
  readonly nextStore?: string;
  readonly nextPassphrase?: string;
  readonly draw?: boolean;
  readonly resume?: boolean;
  readonly kvn?: number;
  readonly bits?: string;
  readonly add?: boolean;
  readonly field: KeyFieldForm;
  readonly aid?: string;
  readonly strict?: boolean;
  readonly deviation: readonly Deviation[];
  readonly dryRun?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('rotate')
    .description('replace a key set of a card; can be interrupted anywhere, and goes on with --resume')
    .addOption(storeOption())
    .addOption(passphraseOption())
    .requiredOption('--current <name>', 'key set of the store that the card has now')
    .requiredOption('--next <name>', 'key set that the card is to have')
    .option('--next-store <file>', 'key store of the next key set, where it is another one')
    .option('--next-passphrase <source>', `passphrase of that store: ${SECRET_SOURCES}`)
    .option('--draw', 'draw the next key set at random and store it, before the card sees it')
    .addOption(
      new Option('--kvn <hex>', 'with --draw: key version of the next key set').argParser(keyVersion),
    )
    .addOption(
      new Option('--bits <length>', 'with --draw: length of its keys').choices(['128', '192', '256']),
    )
    .option('--resume', 'after an interruption: with --draw, take the key set that the earlier run has drawn')
    .option('--add', 'keep the current key set on the card beside the next one')
    .addOption(
      new Option('--field <form>', 'key field of PUT KEY: with the clear length before the key, or without')
        .choices(['with-length', 'bare'])
        .default('with-length'),
    )
    .option('--aid <hex>', 'security domain (default: the issuer security domain)')
    .option('--strict', 'refuse a pseudo-random card challenge that does not follow from the keys')
    .addOption(
      new Option('--deviation <names...>', 'what the card does otherwise than the specification')
        .choices([...DEVIATIONS])
        .default([], 'none'),
    )
    .option('--dry-run', 'ask the card which key set is live, and change nothing')
    .action((options: Options) => rotate(cli, options));
  examples(command, [
    [
      'simboot keys rotate --store keys.json --current card1 --next card1-b --draw --kvn 31',
      'new random keys',
    ],
    [
      'simboot keys rotate --store keys.json --current card1 --next card1-b --draw --kvn 31 --resume',
      'go on',
    ],
    ['simboot keys rotate --store keys.json --current vendor --next issuer --dry-run', 'which set is live?'],
  ]);
}

async function rotate(cli: CliContext, options: Options): Promise<void> {
  if (options.draw && cli.options.reader === 'all') {
    throw new UsageError('USAGE_ARGUMENT', '--draw is for one card: two cards must not share drawn keys');
  }
  if (options.draw !== true && (options.kvn !== undefined || options.bits !== undefined)) {
    throw new UsageError('USAGE_ARGUMENT', '--kvn and --bits belong to --draw; a stored key set has both');
  }
  if (options.draw && isToken(options.nextStore ?? options.store)) {
    throw new UsageError('USAGE_ARGUMENT', 'keys for a card are drawn into an encrypted key store file', {
      next: 'Name one with --next-store FILE: a token does not give its keys to a card.',
    });
  }
  const sets = await openKeySets(cli, options);
  try {
    const current = await sets.current(options.current);
    const next = await nextKeySet(cli, options, sets, current);
    await onChannels(cli, async (channel) => {
      const result = await rotateCardKeys(channel, {
        current,
        next,
        mode: options.add ? 'add' : 'replace',
        form: options.field,
        random: cli.random,
        deviations: options.deviation,
        dryRun: options.dryRun ?? false,
        ...(options.strict === undefined ? {} : { strict: options.strict }),
        ...(options.aid === undefined ? {} : { aid: fromHex(options.aid) }),
      });
      return {
        document: documentOf(channel.reader, result, options, current),
        text: () => textOf(result, options, current),
      };
    });
  } catch (error) {
    if (sets.hasDrawn)
      cli.note(`key set "${options.next}" is stored; go on with the same command and --resume`);
    throw error;
  } finally {
    await sets.close();
  }
}

/** The stored key set, or what draws it once the card has proved the current one. */
async function nextKeySet(
  cli: CliContext,
  options: Options,
  sets: OpenKeySets,
  current: StoredKeySet,
): Promise<StoredKeySet | (() => Promise<StoredKeySet>)> {
  const stored = await sets.findNext(options.next);
  if (!options.draw) {
    if (stored !== undefined) return stored;
    throw new UsageError('USAGE_KEY_SET', `the key store has no key set "${options.next}"`, {
      next: 'Import it first (`simboot keys import`), or draw it (--draw --kvn HEX).',
    });
  }
  if (stored !== undefined && options.resume) return stored;
  if (stored !== undefined) {
    throw new UsageError('USAGE_KEY_SET', `the key store has a key set "${options.next}" already`, {
      next: 'If a run was interrupted, go on with --resume: the card may have these keys. Otherwise use another name.',
    });
  }
  const { kvn, next: name } = options;
  if (kvn === undefined || kvn < 1 || kvn > 0x7f) {
    throw new UsageError('USAGE_ARGUMENT', '--draw needs the version of the next key set: --kvn 01 to 7F');
  }
  const octets = options.bits === undefined ? current.keys.enc.length : Number(options.bits) / 8;
  return async () => {
    const drawn = await sets.draw({ name, version: kvn, mode: current.mode }, octets);
    cli.note(`drawn and stored: key set "${name}", version ${hex8(kvn)}`);
    return drawn;
  };
}

function documentOf(
  reader: string,
  result: CardRotationResult,
  options: Options,
  current: StoredKeySet,
): object {
  const { outcome, aid, next } = result;
  const live = outcome === 'would-rotate' ? current.version : (next?.version ?? 0);
  return {
    reader,
    aid: toHex(aid),
    outcome,
    live: hex8(live).toLowerCase(),
    current: { name: current.name, version: hex8(current.version).toLowerCase() },
    next: {
      name: options.next,
      version: hex8(next?.version ?? options.kvn ?? 0).toLowerCase(),
      stored: next !== undefined,
      ...(next === undefined
        ? {}
        : { kcv: { enc: next.keys.enc.kcv, mac: next.keys.mac.kcv, dek: next.keys.dek.kcv } }),
    },
  };
}

function textOf({ outcome, next }: CardRotationResult, options: Options, current: StoredKeySet): string {
  const name = `"${options.next}" (version ${hex8(next?.version ?? options.kvn ?? 0)})`;
  const old = `"${current.name}" (version ${hex8(current.version)})`;
  if (outcome === 'would-rotate') {
    const draw = next === undefined ? 'draw and store' : 'take the stored';
    return `dry run: the card proves ${old}; a run would ${draw} ${name} and load it. Nothing was changed.`;
  }
  const after = options.add ? `${old} is still on the card` : `${old} is no longer valid on this card`;
  return outcome === 'already'
    ? `the card has ${name} already, proved by its cryptogram. Nothing was changed.`
    : `the card has ${name}, proved by its cryptogram; ${after}.`;
}
