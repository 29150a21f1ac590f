/** `simboot batch audit`: reads finished cards back and proves or refutes them. */
import type { Command } from 'commander';
import { auditCards, keySetsOfJob, openLineReaders } from '../../src/app/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  type AuditProtocol,
  auditCard,
  type BatchRecord,
  type CardAudit,
  cardWorker,
  drawSample,
  type Job,
  type LineStore,
  openFields,
  protocolHtml,
  protocolOf,
} from '../../src/perso/index.js';
import { type CliContext, EXIT } from '../context.js';
import { writeOutput } from '../files.js';
import { examples } from '../help.js';
import { readJob } from '../line/job.js';
import {
  addLineKeyOptions,
  type LineKeyOptions,
  type LineKeys,
  requireSecrets,
  withLineKeys,
} from '../line/keys.js';
import { count, requireSameJob } from '../line/record.js';
import { collect } from '../line/run-options.js';
import { addLineStoreOptions, batchOf, type LineStoreOptions, withExistingLineStore } from '../line/store.js';
import { auditLine, auditText } from '../render/batch-audit.js';

interface AuditCommandOptions extends LineStoreOptions, LineKeyOptions {
  readonly batch?: string;
  readonly readers: readonly string[];
  readonly auditor: string;
  readonly sample?: number;
  readonly seed?: string;
  readonly list?: boolean;
  readonly html?: string;
}

const PAGE = 1000;

export function register(parent: Command, cli: CliContext): void {
  const command = addLineKeyOptions(
    addLineStoreOptions(
      parent
        .command('audit')
        .description('read finished cards back, and prove or refute them')
        .argument('<job>', 'job file that the batch was made with'),
    ),
  )
    .option('--batch <name>', 'batch; not needed where the store has one')
    .option('--readers <readers>', 'all, names or indices with commas between, or farm:PATH', collect, [])
    .requiredOption('--auditor <name>', 'who audits')
    .option('--sample <number>', 'draws so many finished records and waits for their cards', count)
    .option('--seed <text>', 'what the sample is drawn with; anybody draws the same with it')
    .option('--list', 'only tells which records the sample has, so that their cards can be fetched')
    .option('--html <file>', 'writes the protocol to print and sign')
    .action((job: string, options: AuditCommandOptions) => run(cli, job, options));
  examples(command, [
    ['simboot batch audit job.yaml --auditor "R. Meyer"', 'the cards in the readers'],
    [
      'simboot batch audit job.yaml --auditor "R. Meyer" --sample 13 --seed "shift 7" --list',
      'which cards to fetch from the boxes',
    ],
    [
      'simboot batch audit job.yaml --auditor "R. Meyer" --sample 13 --seed "shift 7" --html audit.html',
      'one card after the other, until the sample is complete or Ctrl-C',
    ],
  ]);
}

async function run(cli: CliContext, jobPath: string, options: AuditCommandOptions): Promise<void> {
  const { sample: size, seed } = options;
  if ((size === undefined) !== (seed === undefined) || (options.list === true && size === undefined)) {
    throw new UsageError('USAGE_ARGUMENT', '--sample and --seed go together; --list needs both');
  }
  const job = await readJob(cli, jobPath);
  const protocol = await withLineKeys(cli, job, options, (keys) =>
    withExistingLineStore(cli, options, async (store) => {
      const batch = await batchOf(store, options.batch);
      requireSameJob(job, batch);
      if (options.list !== true) requireSecrets(job, keys);
      const sample =
        size === undefined || seed === undefined
          ? undefined
          : { seed, numbers: drawSample(await goodNumbers(store, batch), size, seed) };
      const cards =
        options.list === true
          ? []
          : await audited(cli, { job, keys, store, batch }, options, sample?.numbers);
      return protocolOf({
        batchId: batch.batchId,
        job: { name: batch.jobName, version: batch.jobVersion, hash: batch.jobHash },
        auditor: options.auditor,
        at: cli.clock.now().getTime(),
        ...(sample === undefined ? {} : { sample }),
        cards,
      });
    }),
  );
  if (options.list === true) {
    const { batchId, sample } = protocol;
    cli.result({ batch: batchId, sample }, () => `Records ${sample?.numbers.join(', ')}`);
    return;
  }
  if (options.html !== undefined) await writeOutput(options.html, protocolHtml(protocol));
  cli.result(protocol, () => auditText(protocol, cli.colours));
  cli.finish(exitOf(protocol));
}

function exitOf({ verdict }: AuditProtocol): number {
  return verdict === 'proven' ? EXIT.DONE : verdict === 'refuted' ? EXIT.DIFFERENCES : EXIT.SOME_FAILED;
}

interface Audited {
  readonly job: Job;
  readonly keys: LineKeys;
  readonly store: LineStore;
  readonly batch: BatchRecord;
}

async function audited(
  cli: CliContext,
  { job, keys, store, batch }: Audited,
  options: AuditCommandOptions,
  numbers: readonly number[] | undefined,
): Promise<CardAudit[]> {
  const keySets = await keySetsOfJob(job, keys.store);
  const worker = cardWorker(job, { keySets, secrets: keys.secrets, random: cli.random, clock: cli.clock });
  const readers = await openLineReaders(options.readers, { cards: 0 });
  const left = new Set(numbers);
  if (numbers !== undefined) cli.note(`waiting for the cards of records ${numbers.join(', ')}`);
  try {
    return await auditCards({
      readers,
      signal: cli.signal,
      audit: (channel) =>
        auditCard(channel, {
          ...{ store, batch, worker, signal: cli.signal },
          open: async (record) => ({
            ...record.drawn,
            ...(await openFields(record, job, keys.transportKeys)),
          }),
          clock: () => cli.clock.now(),
        }),
      ...(numbers === undefined ? {} : { isEnough: () => left.size === 0 }),
      onCard: (card) => {
        if (card.record !== undefined) left.delete(card.record);
        cli.note(auditLine(card, numbers === undefined ? undefined : left.size));
      },
    });
  } finally {
    await readers.close();
  }
}

async function goodNumbers(store: LineStore, { batchId }: BatchRecord): Promise<number[]> {
  const numbers: number[] = [];
  for (let after = 0; ; after = numbers.at(-1)!) {
    const page = await store.records(batchId, { states: ['verified', 'released'] }, { after, limit: PAGE });
    numbers.push(...page.map(({ number }) => number));
    if (page.length < PAGE) return numbers;
  }
}
