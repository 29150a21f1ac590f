/** What Package#3 says about the commands of Package#2 (DM 2.0 §5.2.4, Appendices C and F). */
import { decodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { BodyPart, CommandStatus } from '../messages.js';
import { type DecodedResponse, isStatus } from '../packages/index.js';
import { remember, serveFromCache } from './cache.js';
import type { CommandRecord } from './records.js';
import { inFlight, updateSession } from './session.js';
import type { Turn } from './turn.js';

/** Gives every command in flight its status and data. A command without status is in doubt; statuses too many are told. */
export function takeStatuses(turn: Turn, { package3, parts }: DecodedResponse): void {
  const commands = inFlight(turn, turn.state.session!);
  const { statuses } = package3;
  updateSession(turn, { inFlight: [] });
  if (statuses.length !== commands.length) {
    turn.note('STATUS_COUNT', `${statuses.length} statuses for ${commands.length} commands`);
  }
  commands.forEach((command, index) => {
    const status = statuses[index];
    if (status === undefined) missing(turn, command);
    else answered(turn, command, status, parts.get(index));
  });
}

/** Nobody knows whether it ran, and no status will come. */
function missing(turn: Turn, command: CommandRecord): void {
  turn.command({ ...command, state: 'in-doubt', open: false });
}

function answered(
  turn: Turn,
  command: CommandRecord,
  status: CommandStatus,
  part: BodyPart | undefined,
): void {
  if (!isStatus(status.sc, command.name)) {
    turn.note('STATUS_UNUSUAL', `${command.name} was answered with ${status.sc}`);
  }
  const ended: CommandRecord = {
    ...command,
    state: 'answered',
    open: staysOpen(turn, command, status.sc),
    answeredAt: turn.now,
    status: status.sc,
  };
  const record = status.uris === undefined ? ended : { ...ended, uris: status.uris };
  turn.command(record);
  closeAddresses(turn, record);
  if (command.name === 'GET' && part !== undefined && status.sc === 200) keepData(turn, record, part);
  if (status.sc === 304) serveFromCache(turn, record);
}

/** An accepted EXEC waits for its alert, a question for its answer. */
function staysOpen(turn: Turn, { name, token, waits }: CommandRecord, sc: number): boolean {
  if (name === 'EXEC') return waits && sc === 202;
  if (name !== 'SHOW' || !waits || sc !== 200) return false;
  return turn.state.ui.some(({ uiId, state }) => uiId === token && state === 'open');
}

/** One-time addresses of a command that is over are closed; a subscription ends with UNSUB. */
function closeAddresses(turn: Turn, command: CommandRecord): void {
  const ok = command.status !== undefined && command.status < 300;
  for (const item of turn.state.repository) {
    if (item.state !== 'open') continue;
    const own = item.token === command.token;
    const lasting = item.use === 'default' || item.use === 'subscription';
    const unsubscribed =
      command.name === 'UNSUB' && ok && item.use === 'subscription' && item.about === command.parameters[0];
    if ((own && !(lasting && ok)) || unsubscribed) {
      turn.write({ type: 'repository', record: { ...item, state: 'closed' } });
    }
  }
  if (command.name !== 'SHOW' || ok) return;
  const page = turn.state.ui.find(({ uiId }) => uiId === command.token);
  if (page?.state === 'open') turn.write({ type: 'ui', record: { ...page, state: 'expired' } });
}

function keepData(turn: Turn, command: CommandRecord, { contentType, body }: BodyPart): void {
  turn.write({
    type: 'result',
    record: {
      commandId: command.commandId,
      devId: command.devId,
      part: 0,
      at: turn.now,
      contentType,
      body,
      fromCache: false,
    },
  });
  remember(turn, command, contentType, body);
}

/** Whether octets are the text they claim to be. */
export function isText(body: Uint8Array): boolean {
  try {
    decodeUtf8(body);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
