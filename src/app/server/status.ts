/** What became of scripts: devices with their jobs, commands, results and alerts, for people and programs. */
import { decodeUtf8 } from '../../bytes/index.js';
import type {
  Answer,
  CommandRecord,
  DeviceRecord,
  JobState,
  PageOptions,
  ResultRecord,
  ServerStore,
} from '../../dm/index.js';
import { DataError } from '../../errors/index.js';
import { encodeBase64, type JsonValue, parseJson } from '../../mo/index.js';

/** Data that came back: JSON where it is, else text, else base64. */
export type ShownData = { readonly contentType: string } & (
  | { readonly json: JsonValue }
  | { readonly text: string }
  | { readonly base64: string }
);

export interface ShownCommand {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly state: CommandRecord['state'];
  readonly status?: number;
  readonly uris?: readonly string[];
  /** What the user answered to a question of SHOW; absent while it is open, and where the page was somebody else's. */
  readonly answer?: Answer;
  /** How an asynchronous EXEC ended (§5.4.1). */
  readonly completion?: { readonly at: string; readonly status?: number; readonly data?: JsonValue };
  readonly data: readonly ShownData[];
}

export interface ShownJob {
  readonly jobId: string;
  readonly script: string;
  readonly state: JobState;
  readonly reason?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly commands: readonly ShownCommand[];
}

export interface DeviceStatus {
  readonly devId: string;
  readonly accountId?: string;
  readonly lastSeenAt?: string;
  readonly sessions: number;
  readonly jobs: readonly ShownJob[];
  readonly alerts: readonly { readonly at: string; readonly alertType: string; readonly data?: JsonValue }[];
  /** What it sent for its subscriptions (§5.3.11). */
  readonly reports: readonly ({ readonly at: string; readonly clientUri: string } & ShownData)[];
}

/** All devices, by DevID. */
export async function* allDevices(store: ServerStore): AsyncGenerator<DeviceRecord> {
  yield* pages(
    (page) => store.devices(page),
    ({ devId }) => devId,
  );
}

async function* pages<T>(
  read: (page: PageOptions) => Promise<readonly T[]>,
  key: (record: T) => string,
): AsyncGenerator<T> {
  let after: string | undefined;
  for (;;) {
    const page = await read(after === undefined ? {} : { after });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = key(last);
  }
}

/** Everything that the server did with a device. */
export async function deviceStatus(store: ServerStore, devId: string): Promise<DeviceStatus> {
  const device = await store.device(devId);
  const jobs: ShownJob[] = [];
  for await (const job of pages(
    (page) => store.jobs(devId, page),
    ({ jobId }) => jobId,
  )) {
    const results = await store.results(job.jobId);
    const commands = await store.commands(job.jobId);
    jobs.push({
      jobId: job.jobId,
      script: job.script.name,
      state: job.state,
      ...(job.reason === undefined ? {} : { reason: job.reason }),
      createdAt: timeOf(job.createdAt),
      updatedAt: timeOf(job.updatedAt),
      commands: await Promise.all(commands.map((command) => shownCommand(store, command, results))),
    });
  }
  const alerts: DeviceStatus['alerts'][number][] = [];
  for await (const { at, alert } of pages(
    (page) => store.alerts(devId, page),
    ({ alertId }) => alertId,
  )) {
    alerts.push({
      at: timeOf(at),
      alertType: alert.alertType,
      ...(alert.data === undefined ? {} : { data: alert.data }),
    });
  }
  const reports: DeviceStatus['reports'][number][] = [];
  for await (const report of pages(
    (page) => store.reports(devId, page),
    ({ reportId }) => reportId,
  )) {
    reports.push({ at: timeOf(report.at), clientUri: report.clientUri, ...shownData(report) });
  }
  let sessions = 0;
  for await (const _ of pages(
    (page) => store.sessions(devId, page),
    ({ sessionId }) => sessionId,
  ))
    sessions++;
  return {
    devId,
    ...(device?.accountId === undefined ? {} : { accountId: device.accountId }),
    ...(device?.lastSeenAt === undefined ? {} : { lastSeenAt: timeOf(device.lastSeenAt) }),
    sessions,
    jobs,
    alerts,
    reports,
  };
}

async function shownCommand(
  store: ServerStore,
  command: CommandRecord,
  results: readonly ResultRecord[],
): Promise<ShownCommand> {
  const { commandId, name, parameters, state, status, uris, completion, token } = command;
  const answer = name === 'SHOW' && token !== undefined ? (await store.ui(token))?.answer : undefined;
  return {
    name,
    // Where a command has a one-time address, that address is nobody's business.
    parameters:
      command.token === undefined ? parameters : parameters.map((text) => text.replace(command.token!, '…')),
    state,
    ...(status === undefined ? {} : { status }),
    ...(uris === undefined ? {} : { uris }),
    ...(answer === undefined ? {} : { answer }),
    ...(completion === undefined ? {} : { completion: { ...completion, at: timeOf(completion.at) } }),
    data: results.filter((result) => result.commandId === commandId).map(shownData),
  };
}

function shownData({ contentType, body }: Pick<ResultRecord, 'contentType' | 'body'>): ShownData {
  try {
    if (/[/+]json$/.test(contentType.split(';', 1)[0]!)) return { contentType, json: parseJson(body) };
    return { contentType, text: decodeUtf8(body) };
  } catch (error) {
    if (error instanceof DataError) return { contentType, base64: encodeBase64(body) };
    throw error;
  }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
