/** Commands of scripts become commands of Package#2, with places in the repository and questions (DM 2.0 §5.3). */
import { encodeUtf8 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { type SerializedMo, validateMos } from '../../mo/index.js';
import type { CommandName } from '../messages.js';
import { MEDIA_TYPES } from '../packages/index.js';
import { nodeOf, strictClientUri, strictServerUri } from './addresses.js';
import { checkQuestion } from './question.js';
import type { CommandRecord, JobRecord, RepositoryRecord, RepositoryVariant } from './records.js';
import type { Content, ContentVariant, Step, StepCommand } from './script/types.js';
import type { Turn } from './turn.js';

/** Characters of a step's identifier. */
const STEP_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Of what lasts until it is closed, and of what is not sent yet. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Queues the command of a step: its record, its place in the repository or its question.
 *
 * @throws UsageError `USAGE_COMMAND` for a command that cannot be sent; nothing is written then
 */
export function queueCommand(turn: Turn, job: JobRecord, step: Step, order: number): CommandRecord {
  if (!STEP_ID.test(step.id)) refuse(step, 'the step needs an id of letters, digits and ._-');
  const built = build(turn, step);
  const record: CommandRecord = {
    commandId: `${job.jobId}/${order}`,
    devId: job.devId,
    jobId: job.jobId,
    order,
    stepId: step.id,
    item: step.item ?? 0,
    name: step.command.command,
    parameters: built.parameters,
    final: step.final ?? false,
    idempotent: step.idempotent ?? false,
    waits: waits(step.command),
    state: 'queued',
    open: true,
    attempts: 0,
    ...(built.place === undefined ? {} : { token: built.place.token }),
  };
  turn.command(record);
  writePlace(turn, record, built.place);
  return record;
}

interface Built {
  readonly parameters: readonly string[];
  readonly place?: Place;
}

type Place =
  | ({ readonly kind: 'repository'; readonly token: string } & Pick<
      RepositoryRecord,
      'use' | 'about' | 'variants'
    >)
  | {
      readonly kind: 'ui';
      readonly token: string;
      readonly question: Extract<StepCommand, { question: unknown }>['question'];
    };

function waits(command: StepCommand): boolean {
  if (command.command === 'SHOW') return 'question' in command && command.wait !== false;
  return command.command === 'EXEC' && command.wait !== false;
}

function build(turn: Turn, step: Step): Built {
  const { command } = step;
  const name = command.command;
  const client = (uri: string) => strictClientUri(uri, name);
  switch (command.command) {
    case 'GET':
    case 'DELETE':
    case 'UNSUB':
      return { parameters: [client(command.clientUri)] };
    case 'SUB':
      return subscribe(turn, client(command.clientUri), command.serverUri);
    case 'HGET':
      return hget(turn, step, command);
    case 'HPUT':
    case 'HPOST':
      return upload(turn, step, command.clientUris.map(client), command.serverUri);
    case 'EXEC':
      return { parameters: [client(command.clientUri), ...execTarget(turn, command)] };
    case 'SHOW':
      return show(turn, step, command);
    case 'CONT':
      return { parameters: [strictServerUri(command.serverUri, name)] };
    case 'DEFAULT':
      return defaults(turn, step, command);
    default:
      return refuse(step, `${String((command as { command: unknown }).command)} is not a command of scripts`);
  }
}

function subscribe(turn: Turn, clientUri: string, serverUri: string | undefined): Built {
  if (serverUri !== undefined) return { parameters: [strictServerUri(serverUri, 'SUB'), clientUri] };
  const place = repository(turn, {
    use: 'subscription',
    about: clientUri,
    variants: [],
  });
  return { parameters: [addressOf(turn, place.token), clientUri], place };
}

function hget(turn: Turn, step: Step, command: Extract<StepCommand, { command: 'HGET' }>): Built {
  const target = command.clientUri === undefined ? [] : [strictClientUri(command.clientUri, 'HGET')];
  if ('serverUri' in command) return { parameters: [strictServerUri(command.serverUri, 'HGET'), ...target] };
  const variants = variantsOf(turn, step, command.content, command.clientUri);
  const place = repository(turn, {
    use: 'get',
    variants,
  });
  return { parameters: [addressOf(turn, place.token), ...target], place };
}

function upload(turn: Turn, step: Step, clientUris: readonly string[], serverUri: string | undefined): Built {
  const name = step.command.command as CommandName;
  if (clientUris.length === 0) refuse(step, 'at least one ClientURI is needed');
  if (serverUri !== undefined) return { parameters: [strictServerUri(serverUri, name), ...clientUris] };
  const place = repository(turn, { use: 'upload', about: name, variants: [] });
  return { parameters: [addressOf(turn, place.token), ...clientUris], place };
}

/** A ServerURI makes the device report asynchronously; our own address where the script names none. */
function execTarget(turn: Turn, command: Extract<StepCommand, { command: 'EXEC' }>): string[] {
  const { serverUri, async: asynchronous } = command;
  if (serverUri !== undefined) return [strictServerUri(serverUri, 'EXEC')];
  return asynchronous === true ? [turn.env.policy.dmUrl] : [];
}

function show(turn: Turn, step: Step, command: Extract<StepCommand, { command: 'SHOW' }>): Built {
  if ('serverUri' in command) return { parameters: [strictServerUri(command.serverUri, 'SHOW')] };
  const problem = checkQuestion(command.question);
  if (problem !== undefined) refuse(step, problem);
  const token = turn.token();
  const address = `${turn.env.policy.uiUrl}/${token}`;
  return { parameters: [address], place: { kind: 'ui', token, question: command.question } };
}

function defaults(turn: Turn, step: Step, command: Extract<StepCommand, { command: 'DEFAULT' }>): Built {
  const { moid } = command;
  strictClientUri(`${moid}//`, 'DEFAULT');
  if ('serverUri' in command) return { parameters: [strictServerUri(command.serverUri, 'DEFAULT'), moid] };
  if (command.documents.length === 0) refuse(step, 'at least one document is needed');
  const variants = command.documents.flatMap((document) => variantsOf(turn, step, document, undefined));
  const place = repository(turn, { use: 'default', about: moid, variants });
  const byNetwork = command.documents.some(({ mcc, mnc }) => mcc !== undefined || mnc !== undefined);
  const address = `${addressOf(turn, place.token)}${byNetwork ? '?mcc=[MCC]&mnc=[MNC]' : ''}`;
  return { parameters: [address, moid], place };
}

/** A text for one leaf goes out as text, and as a management object to a device that takes nothing else. */
function variantsOf(
  turn: Turn,
  step: Step,
  content: Content | ContentVariant,
  clientUri: string | undefined,
): RepositoryVariant[] {
  const network = {
    ...('mcc' in content && content.mcc !== undefined ? { mcc: content.mcc } : {}),
    ...('mnc' in content && content.mnc !== undefined ? { mnc: content.mnc } : {}),
  };
  const { formats } = turn.env;
  if ('objects' in content) {
    checkObjects(turn, step, content.objects);
    const variants = formats.map((format) => ({
      ...network,
      contentType: format.mediaTypes.mo,
      body: format.encodeMos(content.objects),
    }));
    return variants;
  }
  if (clientUri === undefined) refuse(step, 'a text needs the ClientURI of its leaf');
  const text = {
    ...network,
    contentType: content.contentType ?? MEDIA_TYPES.text,
    body: encodeUtf8(content.text),
  };
  const leaf = nodeOf(clientUri)?.at(-1);
  if (leaf === undefined || content.contentType !== undefined) return [text];
  const object = { clientUri, moData: { [leaf]: content.text } };
  return [
    text,
    ...formats.map((format) => ({
      ...network,
      contentType: format.mediaTypes.mo,
      body: format.encodeMos([object]),
    })),
  ];
}

/** Findings that no device can make good: it would refuse the objects. What is missing may be there already. */
const WRONG_CONTENT: ReadonlySet<string> = new Set(['MO_UNKNOWN_NODE', 'MO_FORMAT', 'MO_VALUE', 'MO_ROOT']);

/** Objects fit the device descriptions that are known (§6.4); without one anything goes. */
function checkObjects(turn: Turn, step: Step, objects: readonly SerializedMo[]): void {
  for (const { clientUri } of objects) strictClientUri(clientUri, 'HGET');
  const { definitions } = turn.env;
  const wrong = validateMos(objects, { definitions, partial: true }).find(({ code }) =>
    WRONG_CONTENT.has(code),
  );
  if (wrong !== undefined) refuse(step, `${wrong.message} (${wrong.where})`);
}

type RepositoryPlace = Extract<Place, { kind: 'repository' }>;

function repository(turn: Turn, place: Omit<RepositoryPlace, 'kind' | 'token'>): RepositoryPlace {
  return { kind: 'repository', token: turn.token(), ...place };
}

function addressOf(turn: Turn, token: string): string {
  return `${turn.env.policy.repositoryUrl}/${token}`;
}

function writePlace(turn: Turn, command: CommandRecord, place: Place | undefined): void {
  const { commandId, devId } = command;
  if (place?.kind === 'repository') {
    const { token, use, about, variants } = place;
    const record: RepositoryRecord = {
      token,
      devId,
      commandId,
      use,
      ...(about === undefined ? {} : { about }),
      variants,
      state: 'open',
      createdAt: turn.now,
      expiresAt: FOR_EVER,
    };
    turn.write({ type: 'repository', record });
  } else if (place?.kind === 'ui') {
    const { token: uiId, question } = place;
    turn.write({
      type: 'ui',
      record: { uiId, devId, commandId, question, state: 'open', createdAt: turn.now, expiresAt: FOR_EVER },
    });
  }
}

function refuse(step: Step, problem: string): never {
  throw new UsageError('USAGE_COMMAND', `step ${step.id.slice(0, 64)}: ${problem}`);
}
