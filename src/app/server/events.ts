/** What the server tells its operator, made from what it writes: no secret, no one-time address, no content. */
import type { JobState, ServerAction, SessionOrigin, SessionOutcome, StoreWrite } from '../../dm/index.js';

export type DmServerEvent =
  | { readonly type: 'listening'; readonly url: string; readonly for: 'devices' | 'legacy devices' }
  | { readonly type: 'warning'; readonly message: string }
  /** A connection or request that got nowhere, before a device was known. */
  | { readonly type: 'refused'; readonly address: string; readonly status?: number; readonly reason: string }
  | {
      readonly type: 'session-started';
      readonly devId: string;
      readonly sessionId: string;
      readonly origin: SessionOrigin;
    }
  | {
      readonly type: 'session-ended';
      readonly devId: string;
      readonly sessionId: string;
      readonly outcome: SessionOutcome;
    }
  | { readonly type: 'bound'; readonly devId: string; readonly accountId: string }
  | {
      readonly type: 'command-sent' | 'command-answered' | 'command-in-doubt';
      readonly devId: string;
      readonly commandId: string;
      readonly name: string;
      readonly status?: number;
    }
  | { readonly type: 'alert'; readonly devId: string; readonly alertType: string }
  | { readonly type: 'report'; readonly devId: string; readonly clientUri: string }
  | { readonly type: 'question'; readonly devId: string; readonly state: 'open' | 'answered' | 'expired' }
  | {
      readonly type: 'job';
      readonly devId: string;
      readonly jobId: string;
      readonly script: string;
      readonly state: JobState;
      readonly reason?: string;
    }
  | {
      readonly type: 'notification';
      readonly devId: string;
      readonly notificationId: number;
      readonly transport: string;
      readonly ok: boolean;
      readonly reason?: string;
    }
  /** A request of a device that was answered with an error. */
  | {
      readonly type: 'answered-with';
      readonly devId?: string;
      readonly status: number;
      readonly what: string;
    }
  | { readonly type: 'note'; readonly devId: string; readonly code: string; readonly message: string }
  | { readonly type: 'failed'; readonly what: string; readonly error: unknown };

/** The events of one step of a device, after it was written. */
export function eventsOf(devId: string, actions: readonly ServerAction[]): DmServerEvent[] {
  const started = new Set<string>();
  return actions.flatMap((action): DmServerEvent[] => {
    if (action.type === 'write') {
      return ofWrite(devId, action.write).filter((event) => isFirst(event, started));
    }
    if (action.type === 'session-ended') {
      const { sessionId, outcome } = action;
      return [{ type: 'session-ended', devId, sessionId, outcome }];
    }
    if (action.type === 'note') return [{ type: 'note', devId, code: action.code, message: action.message }];
    return [];
  });
}

/** A step may write the record of its new session more than once. */
function isFirst(event: DmServerEvent, started: Set<string>): boolean {
  if (event.type !== 'session-started') return true;
  const isNew = !started.has(event.sessionId);
  started.add(event.sessionId);
  return isNew;
}

function ofWrite(devId: string, write: StoreWrite): DmServerEvent[] {
  switch (write.type) {
    case 'bind':
      return [{ type: 'bound', devId, accountId: write.accountId }];
    case 'session': {
      const { sessionId, origin, state, rounds, startedAt, lastAt } = write.record;
      const isNew =
        state === 'open' && rounds === 0 && startedAt === lastAt && write.record.findings.length === 0;
      return isNew ? [{ type: 'session-started', devId, sessionId, origin }] : [];
    }
    case 'command': {
      const { commandId, name, state, status } = write.record;
      if (state === 'queued') return [];
      const type = `command-${state}` as const;
      return [{ type, devId, commandId, name, ...(status === undefined ? {} : { status }) }];
    }
    case 'alert':
      return [{ type: 'alert', devId, alertType: write.record.alert.alertType }];
    case 'report':
      return [{ type: 'report', devId, clientUri: write.record.clientUri }];
    case 'ui': {
      const { state, expiresAt } = write.record;
      // Its time begins when its address leaves: before that nobody can see it.
      if (state === 'open' && expiresAt === Number.MAX_SAFE_INTEGER) return [];
      return [{ type: 'question', devId, state }];
    }
    case 'job': {
      const { jobId, script, state, reason } = write.record;
      return [
        {
          type: 'job',
          devId,
          jobId,
          script: script.name,
          state,
          ...(reason === undefined ? {} : { reason }),
        },
      ];
    }
    default:
      return [];
  }
}
