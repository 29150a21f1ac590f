/** What happened in a job so far, as its script sees it. */
import { decodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';
import { findFormat } from '../packages/index.js';
import type { Answer } from './question.js';
import type { AlertRecord, CommandRecord, ResultRecord } from './records.js';
import type { AlertSeen, ScriptHistory, StepData, StepResult } from './script/types.js';
import type { Turn } from './turn.js';

/** Results in the order of the commands, alerts since the job was queued in the order in which they came. */
export function historyOf(turn: Turn, jobId: string): ScriptHistory {
  const job = turn.state.jobs.find((each) => each.jobId === jobId)!;
  return {
    results: turn.commandsOf(jobId).flatMap((command) => (command.open ? [] : [resultOf(turn, command)])),
    alerts: turn.state.alerts.flatMap((record) => (record.at >= job.createdAt ? [seen(record)] : [])),
  };
}

function resultOf(turn: Turn, command: CommandRecord): StepResult {
  const { stepId, item, state, uris = [], completion } = command;
  const status = completion === undefined ? command.status : (completion.status ?? 200);
  const answer = answerOf(turn, command);
  const data = turn.state.results.filter(({ commandId }) => commandId === command.commandId);
  const result: { -readonly [Member in keyof StepResult]: StepResult[Member] } = {
    id: stepId,
    item,
    outcome: state === 'answered' ? 'answered' : 'in-doubt',
    uris,
    data: data.flatMap((record) => dataOf(turn, record)),
  };
  if (status !== undefined) result.status = status;
  if (answer !== undefined) result.answer = answer;
  if (completion?.data !== undefined) result.alertData = completion.data;
  return result;
}

function answerOf(turn: Turn, { name, token }: CommandRecord): Answer | undefined {
  return name === 'SHOW' ? turn.state.ui.find(({ uiId }) => uiId === token)?.answer : undefined;
}

/** Objects, or the text; nothing where it is neither. */
function dataOf(turn: Turn, { contentType, body }: ResultRecord): StepData[] {
  try {
    const format = findFormat(turn.env.formats, contentType, 'mo');
    if (format === undefined) return [{ text: decodeUtf8(body) }];
    const { value } = format.decodeMos(body, { maxOctets: turn.env.policy.maxUploadOctets });
    return value.map(({ clientUri, moData }) => ({ clientUri, moData }));
  } catch (error) {
    if (error instanceof DataError) return [];
    throw error;
  }
}

function seen({ alert }: AlertRecord): AlertSeen {
  const { alertType, sourceUri, mark = 'informational', data } = alert;
  return {
    alertType,
    ...(sourceUri === undefined ? {} : { sourceUri }),
    mark,
    ...(data === undefined ? {} : { data: data as JsonValue }),
  };
}
