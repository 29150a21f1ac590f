/** What a server tells, as lines for people, and small pictures of its sessions. */
import {
  type DeviceStatus,
  type DmServerEvent,
  type RunServerEvent,
  type ShownCommand,
  type ShownData,
  sessionPicture,
} from '../../src/app/index.js';
import type { Colours } from '../context.js';

/** Events that one picture shows. */
const STORY = 100;
/** Sessions whose picture is being drawn. */
const PICTURES = 1_000;
/** Characters of data in a line of results. */
const DATA = 300;

/** Turns events into lines; with `pictures` each session ends with its own. */
export class ServerView {
  readonly #stories = new Map<string, DmServerEvent[]>();

  constructor(
    private readonly colours: Colours,
    private readonly width: number,
    private readonly pictures: boolean,
  ) {}

  lines(event: RunServerEvent): string[] {
    const line = this.#line(event);
    const drawn = this.pictures && isOfServer(event) ? this.#draw(event) : [];
    return [...(line === undefined ? [] : [line]), ...drawn];
  }

  #line(event: RunServerEvent): string | undefined {
    const { colours } = this;
    const good = (text: string) => `${colours.green('✓')} ${text}`;
    const bad = (text: string) => `${colours.red('✗')} ${text}`;
    const note = (text: string) => `${colours.yellow('!')} ${text}`;
    const point = (text: string) => `${colours.cyan('●')} ${text}`;
    switch (event.type) {
      case 'store':
        return `store: ${event.store}`;
      case 'certificate':
        return `certificate: ${event.file}, self-signed${event.made ? ', made now' : ''}\n  SHA-256 ${event.fingerprint256}`;
      case 'listening':
        return `listening: ${event.url}${event.for === 'devices' ? '' : ` (${event.for})`}`;
      case 'ready':
        return `ready: devices open sessions at ${colours.bold(event.dm)}; interrupt to stop`;
      case 'warning':
        return note(event.message);
      case 'refused':
        return note(`refused ${event.address}: ${event.reason}`);
      case 'session-started':
        return point(`${colours.bold(event.devId)}: session (${event.origin})`);
      case 'session-ended':
        return event.outcome === 'finished'
          ? good(`${event.devId}: session ended`)
          : bad(`${event.devId}: session ended: ${event.outcome}`);
      case 'bound':
        return `  account ${event.accountId} belongs to ${event.devId} from now on`;
      case 'command-sent':
        return `  ${colours.cyan('→')} ${event.name}`;
      case 'command-answered':
        return `  ${colours.cyan('←')} ${event.name} ${event.status ?? ''}`.trimEnd();
      case 'command-in-doubt':
        return `  ${bad(`${event.name}: nobody knows whether it ran`)}`;
      case 'alert':
        return `  ${colours.cyan('←')} alert ${event.alertType}`;
      case 'report':
        return point(`${event.devId}: report of ${event.clientUri}`);
      case 'question':
        return `  question ${event.state}`;
      case 'job':
        return jobLine(event, { good, bad });
      case 'notification':
        return event.ok
          ? point(`${event.devId}: notification ${event.notificationId} sent, ${event.transport}`)
          : bad(`${event.devId}: notification over ${event.transport} not sent: ${event.reason ?? ''}`);
      case 'answered-with':
        return note(`${event.devId ?? 'a peer'}: ${event.what} answered with ${event.status}`);
      case 'note':
        return note(`${event.devId}: ${event.message}`);
      case 'failed':
        return bad(`${event.what}: ${event.error instanceof Error ? event.error.message : 'failed'}`);
    }
  }

  #draw(event: DmServerEvent): string[] {
    if (!('devId' in event) || event.devId === undefined) return [];
    const { devId } = event;
    if (event.type === 'session-started') this.#stories.delete(devId);
    const story = this.#stories.get(devId) ?? [];
    if (event.type === 'session-started' && this.#stories.size < PICTURES) this.#stories.set(devId, story);
    if (story.length < STORY || event.type === 'session-ended') story.push(event);
    if (event.type !== 'session-ended' || !this.#stories.delete(devId)) return [];
    return [sessionPicture(story, this.width)];
  }
}

function isOfServer(event: RunServerEvent): event is DmServerEvent {
  return event.type !== 'store' && event.type !== 'certificate' && event.type !== 'ready';
}

type Marks = Readonly<Record<'good' | 'bad', (text: string) => string>>;

function jobLine(event: Extract<RunServerEvent, { type: 'job' }>, { good, bad }: Marks): string | undefined {
  const { devId, script, state, reason } = event;
  if (state === 'running') return undefined;
  const text = `${devId}: script ${script}: ${state}${reason === undefined ? '' : ` (${reason})`}`;
  if (state === 'done') return good(text);
  return state === 'failed' || state === 'in-doubt' ? bad(text) : `  ${text}`;
}

/** Devices, their scripts and what came back. */
export function statusText(devices: readonly DeviceStatus[], colours: Colours): string {
  if (devices.length === 0) return 'no devices yet';
  return devices.map((device) => deviceText(device, colours)).join('\n\n');
}

function deviceText(device: DeviceStatus, colours: Colours): string {
  const { devId, accountId, lastSeenAt, sessions, jobs, alerts, reports } = device;
  const facts = [
    `account ${accountId ?? 'none'}`,
    `${sessions} session${sessions === 1 ? '' : 's'}`,
    ...(lastSeenAt === undefined ? ['never seen'] : [`last seen ${lastSeenAt}`]),
  ];
  return [
    `${colours.bold(devId)}: ${facts.join(', ')}`,
    ...jobs.flatMap(({ script, state, reason, commands }) => [
      `  ${script}: ${state}${reason === undefined ? '' : ` (${reason})`}`,
      ...commands.flatMap(commandLines),
    ]),
    ...alerts.map(({ at, alertType }) => `  ${at}  ${alertType}`),
    ...reports.flatMap(({ at, clientUri, ...data }) => [
      `  ${at}  report of ${clientUri}`,
      `    ${dataText(data).slice(0, DATA)}`,
    ]),
  ].join('\n');
}

function commandLines(command: ShownCommand): string[] {
  const { name, parameters, state, status, answer, completion, data } = command;
  const outcome = status === undefined ? state : String(status);
  return [
    `    ${[name, ...parameters].join(' ')} → ${outcome}`,
    ...(answer === undefined ? [] : [`      answer: ${JSON.stringify(answer)}`]),
    ...(completion === undefined
      ? []
      : [`      ended ${completion.at}${completion.status === undefined ? '' : `: ${completion.status}`}`]),
    ...data.map((one) => `      ${dataText(one).slice(0, DATA)}`),
  ];
}

function dataText(data: ShownData): string {
  if ('json' in data) return JSON.stringify(data.json);
  return 'text' in data ? data.text : `${data.contentType}, ${data.base64.length} characters of base64`;
}
