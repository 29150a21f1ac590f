/** A database that holds the store: SQLite beside the process, or PostgreSQL. The rest of the room sees no difference. */
import type { Kysely } from 'kysely';
import type { Dialect, Schema } from './schema.js';

export interface Database {
  readonly kysely: Kysely<Schema>;
  readonly dialect: Dialect;
  /** Starts a transaction that writes. */
  readonly begin: string;
  /** For messages: never with a password. */
  readonly name: string;
  /** Transactions that may be open at once. */
  readonly lanes: number;
  /** A failure of the driver as a typed error; errors of simboot pass as they are. */
  failure(error: unknown): unknown;
  close(): Promise<void>;
}
