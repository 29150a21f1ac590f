/** Results of EXEC, at once or by an alert (DM 2.0 §5.4.1, docs/decisions/asynchronous-exec.md). */
import { isJsonObject, type JsonObject } from '../../mo/index.js';
import { queueAlert } from './alerts.js';
import type { ClientEvent } from './events.js';
import type { AsyncExec } from './kept.js';
import { resumeCommand } from './run.js';
import { requestSession } from './session-state.js';
import type { Turn } from './turn.js';

type ExecResult = Extract<ClientEvent, { type: 'exec-result' }>;

/** Gives the result to the command that waits for it, or makes it an alert. */
export function onExecResult(turn: Turn, result: ExecResult): void {
  const { id, status, completed } = result;
  const session = [...turn.state.sessions.values()].find(({ run }) => {
    const waiting = run?.waiting;
    return waiting?.on === 'exec' && waiting.exec.id === id;
  });
  if (session !== undefined) {
    resumeCommand(turn, session.serverId, { kind: 'exec', status, completed });
    return;
  }
  const exec = turn.state.asyncExecs.find((each) => each.id === id);
  if (exec === undefined) {
    turn.note('warning', 'EXEC_UNKNOWN', 'a result came for no EXEC that is running', { id });
    return;
  }
  if (!completed) return;
  turn.update({ asyncExecs: turn.state.asyncExecs.filter((each) => each !== exec) });
  const { serverId, serverUri } = exec;
  const destination = serverUri === undefined ? {} : { url: serverUri };
  queueAlert(turn, { serverId, ...destination, alert: alertOf(exec, result) });
  requestSession(turn, { serverId, ...destination, cause: { kind: 'client' }, forAlerts: true });
}

function alertOf({ clientUri, moid }: AsyncExec, { status, alert = {} }: ExecResult) {
  const { alertType = completionAlert(moid), targetUri, mark, data } = alert;
  const more: JsonObject = data === undefined ? {} : isJsonObject(data) ? data : { value: data };
  return {
    alertType,
    sourceUri: clientUri,
    ...(targetUri === undefined ? {} : { targetUri }),
    ...(mark === undefined ? {} : { mark }),
    dataType: 'application/json',
    data: { sc: status, ...more },
  };
}

/**
 * The alert type for an MO whose own is not known, as the MOs of OMA form theirs: `urn:oma:mo:oma-scomo:1.0` has
 * `urn:oma:at:scomo:1.0:OperationComplete`.
 */
function completionAlert(moid: string): string {
  return `${moid.replace(':mo:oma-', ':at:').replace(':mo:', ':at:')}:OperationComplete`;
}
