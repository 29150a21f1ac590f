/** What `notification encode`, `decode` and `send` share: options of the fields, and how options of a notification show. */
import { type Command, Option } from 'commander';
import { toHex } from '../src/bytes/index.js';
import {
  CONNECTION_TYPES,
  type ConnectionType,
  encodeNotification,
  NOTIFICATION_OPTIONS,
  type Notification,
  type NotificationSecrets,
} from '../src/dm/index.js';
import { UsageError } from '../src/errors/index.js';
import type { CliContext } from './context.js';
import { SECRET_SOURCES } from './secrets.js';

export interface FieldOptions extends SecretOptions {
  readonly serverId?: string;
  readonly conType?: readonly ConnectionType[];
  readonly notificationId?: string;
  readonly timestamp?: string;
  readonly reqMos?: boolean;
}

export interface SecretOptions {
  readonly secret?: string;
  readonly authData?: string;
}

export function addFieldOptions(command: Command): Command {
  return addSecretOptions(
    command
      .option('--server-id <text>', 'SERVER-ID: as in the DM account')
      .addOption(
        new Option('--con-type <types...>', 'PREFERRED-CON-TYPE, the best first, any last').choices(
          CONNECTION_TYPES,
        ),
      )
      .option('--notification-id <n>', 'NOTIFICATION-ID, 0 to 65535')
      .option('--timestamp <n>', 'TIMESTAMP: seconds since 1970, or now')
      .option('--req-mos', 'REQ-MOS: Package#1 shall list the MOs'),
  );
}

export function addSecretOptions(command: Command): Command {
  return command
    .option('--secret <hex>', `secret of the digest as hex, or ${SECRET_SOURCES}`)
    .option('--auth-data <hex>', 'authentication data of the digest, in the same forms');
}

/** The notification that the options describe. */
export async function notificationOf(cli: CliContext, options: FieldOptions): Promise<Uint8Array> {
  const { serverId, conType, notificationId, timestamp, reqMos } = options;
  const secrets = await secretsOf(cli, options);
  return encodeNotification(
    {
      ...(serverId === undefined ? {} : { serverId }),
      ...(conType === undefined ? {} : { connectionTypes: conType }),
      ...(notificationId === undefined
        ? {}
        : { notificationId: wholeNumber(notificationId, '--notification-id') }),
      ...(timestamp === undefined ? {} : { timestamp: secondsOf(cli, timestamp) }),
      ...(reqMos === undefined ? {} : { reqMos }),
    },
    secrets ?? {},
  );
}

/** Secret and authentication data; undefined where no secret is given. */
export async function secretsOf(
  cli: CliContext,
  options: SecretOptions,
): Promise<NotificationSecrets | undefined> {
  if (options.secret === undefined) {
    if (options.authData === undefined) return undefined;
    throw new UsageError('USAGE_ARGUMENT', '--auth-data needs --secret');
  }
  const secret = await cli.secrets.hexOrLiteral(options.secret, '--secret');
  if (options.authData === undefined) return { secret };
  return { secret, authData: await cli.secrets.hexOrLiteral(options.authData, '--auth-data') };
}

function secondsOf(cli: CliContext, text: string): number {
  return text === 'now' ? Math.floor(cli.clock.now().getTime() / 1000) : wholeNumber(text, '--timestamp');
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError('USAGE_ARGUMENT', `${option} is a whole number`);
  return Number(text);
}

export interface ShownOption {
  readonly number: number;
  /** Null for an option that DM 2.0 does not have. */
  readonly name: string | null;
  readonly value: string | number | readonly string[] | null;
}

/** The options as `--json` shows them, in ascending order. */
export function shownOptions(notification: Notification): ShownOption[] {
  const values: Record<keyof typeof NOTIFICATION_OPTIONS, ShownOption['value'] | undefined> = {
    serverId: notification.serverId,
    connectionTypes: notification.connectionTypes,
    notificationId: notification.notificationId,
    digest: notification.digest && toHex(notification.digest),
    timestamp: notification.timestamp,
    reqMos: notification.reqMos ? null : undefined,
  };
  const known = Object.entries(NOTIFICATION_OPTIONS).flatMap(([field, { number, name }]): ShownOption[] => {
    const value = values[field as keyof typeof NOTIFICATION_OPTIONS];
    return value === undefined ? [] : [{ number, name, value }];
  });
  const others = notification.others.map(({ number, value }) => ({
    number,
    name: null,
    value: toHex(value),
  }));
  return [...known, ...others].sort((one, other) => one.number - other.number);
}

/** One line an option, for people. */
export function optionLines(options: readonly ShownOption[]): string {
  if (options.length === 0) return 'no options';
  return options
    .map(({ number, name, value }) => {
      const text = value === null ? '' : ` ${Array.isArray(value) ? value.join(', ') : String(value)}`;
      const time = name === 'TIMESTAMP' ? ` (${dateOf(Number(value))})` : '';
      return `${String(number).padStart(2)} ${(name ?? 'unknown option').padEnd(19)}${text}${time}`.trimEnd();
    })
    .join('\n');
}

function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'beyond any date' : date.toISOString();
}
