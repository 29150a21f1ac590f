/** Recomputes recorded sessions with their keys, step by step (GPC Amendment D §6.2), and compares what a case expects. */
import { type CommandApdu, decodeCommand, encodeCommand } from '../apdu/index.js';
import { hex16, toHex } from '../bytes/index.js';
import { SimbootError } from '../errors/index.js';
import { parseReplayFile, type ReplayCase, type ReplayInputs, type ReplayKind } from './replay-case.js';
import { type HandshakeReport, type ReplayedHandshake, replayHandshake } from './replay-handshake.js';
import { externalAuthenticate } from './scp03/handshake.js';
import { type Deviation, securityLevel } from './scp03/parameters.js';
import { SecureMessaging } from './scp03/secure-messaging.js';

export interface ReplayDifference {
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface ReplayedCommand {
  readonly wrapped: string;
  /** Nothing where no response was recorded, or where it is not the card's. */
  readonly response_plain: string | null;
  readonly sw: string | null;
  /** Why the recorded response was refused. */
  readonly error?: string;
}

/** What one case gives. Octets are lower-case hex; the session keys are shown, since the case holds its keys anyway. */
export interface ReplayedCase extends HandshakeReport {
  readonly id: string;
  readonly ok: boolean;
  /** Nothing where the host would not have sent it. */
  readonly external_authenticate_apdu: string | null;
  readonly commands: readonly ReplayedCommand[];
  readonly differences: readonly ReplayDifference[];
  /** Expectations that this program has no value for. */
  readonly unchecked: readonly string[];
  /** What may explain a difference. */
  readonly hints: readonly string[];
}

export interface SkippedCase {
  readonly id: string;
  readonly ok: null;
  readonly skipped: true;
  readonly kind: string;
}

export interface ReplayReport {
  readonly cases: readonly (ReplayedCase | SkippedCase)[];
}

/**
 * Replays every case of a file.
 *
 * @throws DataError `DATA_SCP03_CASE` for a file that is not of the format
 */
export async function replayScp03(file: Uint8Array): Promise<ReplayReport> {
  const cases: (ReplayedCase | SkippedCase)[] = [];
  for (const one of parseReplayFile(file)) cases.push(await replayOne(one));
  return { cases };
}

async function replayOne(one: ReplayCase): Promise<ReplayedCase | SkippedCase> {
  if (one.kind === undefined) return { id: one.id, ok: null, skipped: true, kind: one.namedKind };
  const handshake = await replayHandshake(one.id, one.kind, one.inputs);
  const replayed = exchange(one.kind, one.inputs, handshake, deviationsOf(one.inputs));
  const report = { ...handshake.report, ...replayed };
  const { differences, unchecked } = compare(one, report);
  const failures = replayed.commands.filter((command) => command.error !== undefined);
  const hints = [
    ...(handshake.complaint === undefined ? [] : [`a host refuses this answer: ${handshake.complaint}`]),
    ...(differences.length > 0 || failures.length > 0 ? hintsFor(one, handshake) : []),
  ];
  const negative = one.kind === 'negative_handshake';
  const handshakeOk = (report.card_cryptogram_matches ?? !negative) !== negative;
  const ok = differences.length === 0 && failures.length === 0 && handshakeOk;
  return { id: one.id, ok, ...report, differences, unchecked, hints };
}

type Exchanged = Pick<ReplayedCase, 'external_authenticate_apdu' | 'commands'>;

/** EXTERNAL AUTHENTICATE and the commands; nothing is sent to a card that did not prove its keys. */
function exchange(
  kind: ReplayKind,
  inputs: ReplayInputs,
  handshake: ReplayedHandshake,
  deviations: readonly Deviation[],
): Exchanged {
  const unsent = { external_authenticate_apdu: null, commands: [] };
  if (kind === 'negative_handshake' || handshake.matches === false) return unsent;
  if (inputs.security_level === undefined) return unsent;
  const level = securityLevel(inputs.security_level);
  const messaging = new SecureMessaging(handshake.keys(), {
    mode: handshake.mode,
    level,
    deviations,
    extendedLength: true,
  });
  const authenticate = messaging.authenticate(
    externalAuthenticate(level, handshake.hostCryptogram, inputs.logical_channel),
  );
  const commands: ReplayedCommand[] = [];
  for (const { plain, response_wire: wire } of inputs.commands) {
    const command = replayCommand(messaging, plain, wire);
    commands.push(command);
    if (command.error !== undefined) break; // the session is over for a host
  }
  return { external_authenticate_apdu: toHex(encodeCommand(authenticate)), commands };
}

function replayCommand(
  messaging: SecureMessaging,
  plain: Uint8Array,
  wire: Uint8Array | undefined,
): ReplayedCommand {
  const wrapped = toHex(encodeCommand(messaging.wrap(unsecured(decodeCommand(plain)))));
  if (wire === undefined) return { wrapped, response_plain: null, sw: null };
  if (wire.length < 2) return { wrapped, response_plain: null, sw: null, error: 'no status word' };
  const sw = (wire.at(-2)! << 8) | wire.at(-1)!;
  const status = hex16(sw).toLowerCase();
  try {
    const response = messaging.unwrap({ data: wire.slice(0, -2), sw });
    return { wrapped, response_plain: toHex(response.data), sw: status };
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    return { wrapped, response_plain: null, sw: status, error: error.message };
  }
}

/** Recordings of tools that note a plain command with the secure class already. */
function unsecured(command: CommandApdu): CommandApdu {
  return { ...command, cla: command.cla & ((command.cla & 0x40) === 0 ? ~0x0c : ~0x20) };
}

function deviationsOf(inputs: ReplayInputs): readonly Deviation[] {
  if (inputs.empty_data === 'strict') return [];
  return [inputs.empty_data === 'pad-and-encrypt' ? 'encrypt-empty-data' : 'no-count-on-empty-data'];
}

/** Whether a deviation that real cards have would explain the case. */
function hintsFor(one: Exclude<ReplayCase, { kind: undefined }>, handshake: ReplayedHandshake): string[] {
  if (handshake.matches === false) return ['the keys are not those of the card, or the answer was changed'];
  if (one.inputs.empty_data !== 'strict') return [];
  return (
    [
      ['encrypt-empty-data', 'pad-and-encrypt'],
      ['no-count-on-empty-data', 'not-counted'],
    ] as const
  )
    .filter(([deviation]) => {
      const report = { ...handshake.report, ...exchange(one.kind, one.inputs, handshake, [deviation]) };
      return compare(one, report).differences.length === 0;
    })
    .map(
      ([deviation, name]) => `a card with the deviation ${deviation} explains it ("empty_data": "${name}")`,
    );
}

type Report = HandshakeReport & Exchanged;

/** Compares every expectation that the report has a value for. Hex is compared without case. */
function compare(
  one: Exclude<ReplayCase, { kind: undefined }>,
  report: Report,
): { differences: ReplayDifference[]; unchecked: string[] } {
  const differences: ReplayDifference[] = [];
  const unchecked: string[] = [];
  const check = (field: string, expected: unknown, actual: unknown): void => {
    if (fold(expected) !== fold(actual)) differences.push({ field, expected, actual: actual ?? null });
  };
  const values: Readonly<Record<string, unknown>> = {
    ...report,
    initialize_update_apdu_no_le: report.initialize_update_apdu.slice(0, -2),
  };
  for (const [field, expected] of Object.entries(one.expected)) {
    if (field === 'commands' && Array.isArray(expected)) {
      expected.forEach((wanted: unknown, at) => {
        for (const [name, value] of Object.entries((wanted ?? {}) as Record<string, unknown>)) {
          const actual = report.commands[at] as unknown as Record<string, unknown> | undefined;
          check(`commands[${at}].${name}`, value, actual?.[name]);
        }
      });
    } else if (Object.hasOwn(values, field)) check(field, expected, values[field]);
    else unchecked.push(field);
  }
  const cryptogram = report.card_cryptogram_matches;
  if (one.kind === 'negative_handshake' ? cryptogram === true : cryptogram === false) {
    check('card_cryptogram_matches', one.kind !== 'negative_handshake', cryptogram);
  }
  return { differences: distinct(differences), unchecked };
}

function distinct(differences: readonly ReplayDifference[]): ReplayDifference[] {
  return differences.filter(({ field }, at) => differences.findIndex((one) => one.field === field) === at);
}

function fold(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : (value ?? null);
}
