/** Requests of a farm's clients, as JSON. What is not one of them is refused, and the connection goes on. */
import { z } from 'zod';
import { SimbootError } from '../../errors/index.js';

const slot = z.string().max(64);
const page = { after: z.number().int().min(0), limit: z.number().int().min(1).max(10_000) };

export const REQUEST = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('list') }),
  z.strictObject({ op: z.literal('watch') }),
  z.strictObject({
    op: z.literal('connect'),
    slot,
    protocol: z.enum(['T=0', 'T=1']).optional(),
  }),
  z.strictObject({ op: z.literal('reset'), session: z.number().int() }),
  z.strictObject({ op: z.literal('close'), session: z.number().int() }),
  z.strictObject({
    op: z.literal('move'),
    slot,
    move: z.enum(['get', 'good', 'bad', 'returned', 'reseat', 'stack']),
  }),
  z.strictObject({ op: z.literal('fetch'), slot, card: z.number().int() }),
  z.strictObject({ op: z.literal('put'), slot, card: z.number().int().min(1) }),
  /** `fault` as on the command line, `CARD=KIND…`. */
  z.strictObject({ op: z.literal('fault'), fault: z.string().max(100) }),
  z.strictObject({ op: z.literal('status') }),
  z.strictObject({ op: z.literal('cards'), ...page }),
  z.strictObject({ op: z.literal('dump'), ...page }),
  z.strictObject({ op: z.literal('log'), ...page }),
]);

export type FarmRequest = z.output<typeof REQUEST>;

const ERROR = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).default({}),
});

/** An error as it goes over the wire. */
export function errorOf(error: unknown): z.output<typeof ERROR> {
  if (error instanceof SimbootError) {
    return { code: error.code, message: error.message, details: { ...error.details } };
  }
  return { code: 'READER_FAILED', message: error instanceof Error ? error.message : 'failure', details: {} };
}

export const readError = (value: unknown): z.output<typeof ERROR> => ERROR.parse(value);

/** Octets of an ATR as hex, because readers are told as JSON. */
export const STATUS = z.object({
  name: z.string(),
  card: z.enum(['absent', 'present', 'mute']),
  use: z.enum(['free', 'shared', 'exclusive']),
  atr: z.string().optional(),
});
