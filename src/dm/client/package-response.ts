/** What the server answers to Package#1 and Package#3 (DM 2.0 §5.2.3, §5.6). */
import { SimbootError } from '../../errors/index.js';
import type { WireCommand } from '../messages.js';
import { findFormat } from '../packages/index.js';
import { findAccount } from './accounts.js';
import { forgetSentAlerts } from './alerts.js';
import type { HttpAnswer } from './environment.js';
import { runCommands } from './run.js';
import { abort, abortWithoutAccount, end } from './session.js';
import { sessionWith, updateSession } from './session-state.js';
import { type Turn, withEntry } from './turn.js';

/** Takes the answer to the package that was out: its commands, or the end of the session. */
export function onPackageAnswer(turn: Turn, serverId: string, answer: HttpAnswer): void {
  if (abortWithoutAccount(turn, serverId)) return;
  if (answer.kind === 'failed') {
    abort(turn, serverId, 'http-failed', answer.cause.message);
    return;
  }
  const { status, headers, body } = answer;
  if (status < 200 || status > 299) {
    abort(turn, serverId, 'http-status', `the server answered with status ${status}`, status);
    return;
  }
  forgetSentAlerts(turn, serverId);
  markAnnounced(turn, serverId);
  if (status === 204) {
    turn.note('warning', 'SESSION_WITHOUT_END', 'the server ended the session without END', { serverId });
    end(turn, serverId, { kind: 'ended' });
    return;
  }
  const contentType = headers['content-type'] ?? '';
  const commands = readCommands(turn, serverId, contentType, body);
  if (commands === undefined) return;
  const omadmAccept = headers['omadm-accept'];
  updateSession(turn, serverId, {
    contentType,
    ...(omadmAccept === undefined ? {} : { omadmAccept }),
    run: { commands, results: [], hasEnd: commands.some(([name]) => name === 'END') },
  });
  runCommands(turn, serverId);
}

function readCommands(
  turn: Turn,
  serverId: string,
  contentType: string,
  body: Uint8Array,
): readonly WireCommand[] | undefined {
  const { commands: maxItems, bodyOctets: maxOctets, depth: maxDepth } = turn.env.limits;
  try {
    const format = findFormat(turn.env.formats, contentType, 'package2');
    if (format === undefined) {
      abort(turn, serverId, 'package', 'the answer has a media type that is no Package#2');
      return undefined;
    }
    return format.decodePackage2(body, { maxItems, maxOctets, maxDepth }).value.commands;
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    abort(turn, serverId, error.code === 'DATA_LIMIT' ? 'limit' : 'package', error.message);
    return undefined;
  }
}

/** BootstrapComplete has arrived (§8). */
function markAnnounced(turn: Turn, serverId: string): void {
  const found = findAccount(turn.state, serverId);
  const { cause } = sessionWith(turn, serverId);
  if (cause.kind !== 'bootstrap' || found === undefined || found.account.announced) return;
  const { accounts } = turn.state;
  turn.update({ accounts: withEntry(accounts, found.miid, { ...found.account, announced: true }) });
}
