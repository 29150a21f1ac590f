/** Status codes of commands (DM 2.0 Appendix C). */
import type { CommandName } from '../messages.js';
import { COMMANDS } from '../messages.js';

export interface StatusEntry {
  readonly code: number;
  /** The reason phrase of Appendix C. */
  readonly label: string;
  /** The commands that may answer with it. */
  readonly commands: readonly CommandName[];
}

const NOT_ON_NODES: readonly CommandName[] = ['SHOW', 'CONT', 'END'];
const ON_NODES = COMMANDS.filter((command) => !NOT_ON_NODES.includes(command));

/** The standard codes, ascending. Codes from 1000 to 1999 belong to applications. */
export const STATUS: readonly StatusEntry[] = [
  { code: 200, label: 'OK', commands: COMMANDS },
  { code: 202, label: 'Accepted', commands: ['EXEC'] },
  { code: 204, label: 'No Content', commands: ['GET'] },
  { code: 304, label: 'Not Modified', commands: ['GET', 'HPUT', 'HPOST'] },
  { code: 400, label: 'Bad Request', commands: COMMANDS },
  { code: 403, label: 'Forbidden', commands: ON_NODES },
  { code: 404, label: 'Not Found', commands: ON_NODES },
  { code: 405, label: 'Command Not Allowed', commands: ['EXEC', 'DELETE'] },
  { code: 406, label: 'Not Acceptable', commands: ['HPUT', 'HPOST'] },
  { code: 415, label: 'Unsupported Media Type', commands: ['HGET'] },
  { code: 419, label: 'ServerURI Error', commands: ['HGET', 'HPUT', 'HPOST'] },
  { code: 500, label: 'Internal Error', commands: COMMANDS },
  { code: 501, label: 'Not Implemented', commands: COMMANDS },
  { code: 503, label: 'Service Unavailable', commands: COMMANDS },
  { code: 506, label: 'Device Full', commands: ['HGET'] },
  { code: 507, label: 'User Rejected', commands: COMMANDS },
];

const BY_CODE = new Map(STATUS.map((entry) => [entry.code, entry]));

/** Whether a code belongs to applications, which give it its meaning: 1000 to 1999 (Appendix C). */
function isApplicationStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 1000 && code <= 1999;
}

/**
 * Whether a code may stand in Package#3: a standard one, or one of an application (1000 to 1999).
 *
 * @param command where given, the code must apply to this command, too
 * @example isStatus(202, 'GET') // → false
 */
export function isStatus(code: number, command?: CommandName): boolean {
  if (isApplicationStatus(code)) return true;
  const entry = BY_CODE.get(code);
  return entry !== undefined && (command === undefined || entry.commands.includes(command));
}

/**
 * The reason phrase of a code, for people.
 *
 * @example statusLabel(404) // → 'Not Found'
 */
export function statusLabel(code: number): string {
  const known = BY_CODE.get(code)?.label;
  return known ?? (isApplicationStatus(code) ? 'application specific' : 'not a status of DM 2.0');
}
