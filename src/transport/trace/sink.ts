/** Where a recorder writes. Everything that reaches a sink may be shown. */
import type { Protocol } from '../../apdu/index.js';
import type { AnnotatedExchange } from './annotate.js';

export interface AtrEvent {
  readonly reader: string;
  readonly time: Date;
  readonly atr: Uint8Array;
  readonly protocol: Protocol;
  readonly cause: 'connect' | 'reset';
}

export interface ExchangeEvent {
  readonly reader: string;
  /** When the command went out. */
  readonly time: Date;
  /** Milliseconds until the answer, or the failure. */
  readonly duration: number;
  readonly exchange: AnnotatedExchange;
  /** Code of the error in place of an answer. */
  readonly failure?: string;
}

/** What an exchange was inside a secure channel. */
export interface InsideEvent {
  readonly reader: string;
  readonly time: Date;
  readonly exchange: AnnotatedExchange;
}

/** One trace; several recorders may share it. Each event is in the file when the call returns. */
export interface TraceSink {
  /** The card was powered or reset. */
  atr(event: AtrEvent): void;
  /** A command with its answer, or with the failure in its place. */
  exchange(event: ExchangeEvent): void;
  /** Comes right after the protected exchange; left out by formats that show only what was on the wire. */
  inside?(event: InsideEvent): void;
  /** Ends the trace; safe to call twice. */
  close(): void;
}

/** Writes octets to their end, at once. */
export type TraceWrite = (bytes: Uint8Array) => void;
