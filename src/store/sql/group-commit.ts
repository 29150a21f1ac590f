/** Group commit: steps that arrive together share one transaction, and so one wait for the disk. */
import { CompiledQuery, type Kysely } from 'kysely';
import { SimbootError, UsageError } from '../../errors/index.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';

/** Longest time that a step waits for others. */
const WAIT_MILLISECONDS = 5;
/** A batch starts without waiting when it is this full. */
const BATCH = 128;

/** What a step does inside the shared transaction. */
export type Work<T> = (transaction: Kysely<Schema>) => Promise<T>;

interface Step {
  /** Steps run in the order of their keys, so that two processes lock rows in the same order. */
  readonly key: string;
  readonly work: Work<unknown>;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Runs steps in shared transactions. Each caller hears of its step after the commit. A step that fails is undone
 * alone; a commit that fails fails them all. A step that comes alone does not wait: only when the last batch was
 * shared does the next one wait, at most 5 ms.
 */
export class GroupCommit {
  readonly #database: Database;
  #waiting: Step[] = [];
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #running = new Set<Promise<void>>();
  #crowded = false;
  #closed = false;
  /** Transactions and steps so far. */
  readonly counts = { transactions: 0, steps: 0 };

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param key what the step is about (a DevID): orders the steps of a batch
   * @returns the result of `work`, after the commit
   */
  run<T>(key: string, work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new UsageError('USAGE_STORE_FAILED', 'the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ key, work, done: resolve as (result: unknown) => void, failed: reject });
      this.#schedule();
    });
  }

  /** Waits for what was given; refuses what comes later. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#start();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #schedule(): void {
    if (this.#running.size >= this.#database.lanes) return;
    if (this.#waiting.length >= BATCH) this.#start();
    else if (this.#timer === undefined) {
      const start = () => this.#start();
      this.#timer = this.#crowded ? setTimeout(start, WAIT_MILLISECONDS) : setImmediate(start);
    }
  }

  #start(): void {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer as NodeJS.Timeout);
      clearImmediate(this.#timer as NodeJS.Immediate);
      this.#timer = undefined;
    }
    if (this.#waiting.length === 0 || this.#running.size >= this.#database.lanes) return;
    const batch = this.#waiting.splice(0, BATCH).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#crowded = batch.length > 1;
    const run = this.#commit(batch).finally(() => {
      this.#running.delete(run);
      if (this.#closed) this.#start();
      else if (this.#waiting.length > 0) this.#schedule();
    });
    this.#running.add(run);
  }

  async #commit(batch: readonly Step[]): Promise<void> {
    this.counts.transactions++;
    this.counts.steps += batch.length;
    let answers: (() => void)[];
    try {
      answers = await this.#database.kysely
        .connection()
        .execute((connection) => this.#together(connection, batch));
    } catch (error) {
      for (const { failed } of batch) failed(this.#database.failure(error));
      return;
    }
    for (const answer of answers) answer();
  }

  async #together(connection: Kysely<Schema>, batch: readonly Step[]): Promise<(() => void)[]> {
    const answers: (() => void)[] = [];
    await say(connection, this.#database.begin);
    try {
      for (const step of batch) {
        // A step alone needs no savepoint: the whole transaction is its own.
        if (batch.length === 1) answers.push(done(step, await step.work(connection)));
        else answers.push(await this.#attempt(connection, step));
      }
      await say(connection, 'commit');
    } catch (error) {
      // A full disk or a lost connection has ended the transaction already: then this fails too, which says nothing new.
      await say(connection, 'rollback').catch(() => undefined);
      throw error;
    }
    return answers;
  }

  /** One of several steps: what it did is undone if it fails, and the others go on. */
  async #attempt(connection: Kysely<Schema>, step: Step): Promise<() => void> {
    await say(connection, 'savepoint step');
    try {
      const result = await step.work(connection);
      await say(connection, 'release savepoint step');
      return done(step, result);
    } catch (error) {
      await say(connection, 'rollback to savepoint step').catch((lost: unknown) => {
        // A full disk ended the transaction, and says more than its missing savepoint; what the step alone was refused
        // for is nothing that the others should hear.
        throw error instanceof SimbootError ? lost : error;
      });
      return () => step.failed(this.#database.failure(error));
    }
  }
}

function done(step: Step, result: unknown): () => void {
  return () => step.done(result);
}

async function say(connection: Kysely<Schema>, command: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(command));
}
