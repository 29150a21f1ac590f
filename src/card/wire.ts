/** One command with its status word turned into a typed error, and what one exchange can carry. */
import {
  type CommandApdu,
  type CommandProcessor,
  isDone,
  type ResponseApdu,
  statusError,
} from '../apdu/index.js';
import type { ErrorDetails } from '../errors/index.js';

/** The way to one logical channel of one card. */
export interface Wire {
  readonly processor: CommandProcessor;
  /** Class octet of file commands: A0 in 2G mode, 0X or 4X with the logical channel in 3G mode. */
  readonly cla: number;
  /** Octets of one READ and one UPDATE at most. */
  readonly maxRead: number;
  readonly maxUpdate: number;
}

type Body = Omit<CommandApdu, 'cla'>;

/** The answer whatever its status word says. */
export function ask(wire: Wire, command: Body): Promise<ResponseApdu> {
  return wire.processor.send({ cla: wire.cla, ...command });
}

/**
 * The answer to a command that the card carried out.
 *
 * @param action for the message: what was asked of the card, with the path
 * @throws CardError or SecurityError of the status word
 */
export async function demand(
  wire: Wire,
  command: Body,
  action: string,
  details: ErrorDetails = {},
): Promise<ResponseApdu> {
  const response = await ask(wire, command);
  if (!isDone(response.sw)) throw statusError(response.sw, action, details);
  return response;
}
