/** `simboot notification send`: a DM notification over UDP, through Firebase Cloud Messaging, or as SMS PDUs to print. */
import type { Command } from 'commander';
import { toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  encodeSmsSubmit,
  encodeWspPush,
  FcmSender,
  HttpClient,
  PUSH_PORT,
  type ServiceAccount,
  sendUdpPush,
} from '../../src/net/index.js';
import { type CliContext, EXIT } from '../context.js';
import { examples } from '../help.js';
import { addFieldOptions, type FieldOptions, notificationOf } from '../notification.js';
import { argumentOctets } from '../pkcs15.js';
import { SECRET_SOURCES } from '../secrets.js';

interface SendOptions extends FieldOptions {
  readonly to: string;
  readonly hex?: string;
  readonly textual?: boolean;
  readonly number?: string;
  readonly project?: string;
  readonly serviceAccount?: string;
  readonly regId?: string;
  readonly endpoint?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addFieldOptions(
    parent
      .command('send')
      .description('send a DM notification to a device')
      .requiredOption('--to <way>', `udp:HOST[:PORT] (port ${PUSH_PORT}), sms (prints the PDUs), or fcm`)
      .option('--hex <hex>', 'a notification that is made already, in place of the options below')
      .option('--textual', 'udp, sms: content type as text, for receivers that do not know 0x58')
      .option('--number <digits>', 'sms: the number of the device, + before it where it is international')
      .option('--project <id>', 'fcm: project of the service account')
      .option('--service-account <source>', `fcm: its JSON file, from ${SECRET_SOURCES}`)
      .option('--reg-id <text>', 'fcm: the RegId that the device registered')
      .option('--endpoint <url>', 'fcm: base address of another service than that of Google'),
  ).action(async (options: SendOptions) => {
    const notification =
      options.hex === undefined ? await notificationOf(cli, options) : await argumentOctets(cli, options.hex);
    if (options.to === 'sms') return printSms(cli, notification, options);
    if (options.to === 'fcm') return sendFcm(cli, notification, options);
    return sendUdp(cli, notification, options);
  });
  examples(command, [
    [
      'simboot notification send --to udp:192.0.2.7 --server-id dms1 --secret @noti.hex',
      'one datagram to port 2948',
    ],
    ['simboot notification send --to sms --number +41791234567 --req-mos', 'TPDUs for a modem (AT+CMGS)'],
    [
      'simboot notification send --to fcm --project demo --service-account @account.json --reg-id APA91b --req-mos',
      'through Google',
    ],
  ]);
}

async function sendUdp(
  cli: CliContext,
  notification: Uint8Array,
  { to, textual }: SendOptions,
): Promise<void> {
  const match = /^udp:(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(to);
  const port = Number(match?.[3] ?? PUSH_PORT);
  if (match === null || port < 1 || port > 65_535) {
    throw new UsageError('USAGE_ARGUMENT', '--to is udp:HOST[:PORT], sms or fcm');
  }
  const host = (match[1] ?? match[2])!;
  const push = encodeWspPush(notification, { textual: textual === true });
  await sendUdpPush(push, { host, port, signal: cli.signal });
  const sent = {
    to: 'udp',
    host,
    port,
    octets: push.length,
    push: toHex(push),
    notification: toHex(notification),
  };
  cli.result(sent, () => `sent ${push.length} octets to ${host} port ${port}: ${sent.push}`);
}

function printSms(cli: CliContext, notification: Uint8Array, { number, textual }: SendOptions): void {
  if (number === undefined) throw new UsageError('USAGE_ARGUMENT', '--to sms needs --number');
  const push = encodeWspPush(notification, { textual: textual === true });
  const reference = cli.random(1)[0]!;
  const pdus = encodeSmsSubmit(push, { destination: number, reference }).map(toHex);
  const document = { to: 'sms', number, pdus, push: toHex(push), notification: toHex(notification) };
  cli.result(document, () => pdus.join('\n'));
}

async function sendFcm(cli: CliContext, notification: Uint8Array, options: SendOptions): Promise<void> {
  const { project, serviceAccount, regId, endpoint } = options;
  if (project === undefined || serviceAccount === undefined || regId === undefined) {
    throw new UsageError('USAGE_ARGUMENT', '--to fcm needs --project, --service-account and --reg-id');
  }
  const account = accountOf(await cli.secrets.text(serviceAccount, '--service-account'));
  const client = new HttpClient();
  try {
    const sender = new FcmSender({
      projectId: project,
      ...(endpoint === undefined ? {} : { endpoint }),
      authorization: { account },
      http: (request) => client.send(request),
      clock: () => cli.clock.now(),
    });
    const result = await sender.send(regId, notification, cli.signal);
    const document = { to: 'fcm', ...result, notification: toHex(notification) };
    cli.result(document, () =>
      result.outcome === 'sent'
        ? `sent ${notification.length} octets: ${result.name}`
        : `not sent: ${result.outcome}${'reason' in result ? ` (${result.reason})` : ''}`,
    );
    if (result.outcome !== 'sent') cli.finish(EXIT.SOME_FAILED);
  } finally {
    client.close();
  }
}

function accountOf(text: string): ServiceAccount {
  try {
    return JSON.parse(text) as ServiceAccount;
  } catch {
    // The cause quotes the input, which holds a private key.
    throw new UsageError('USAGE_ARGUMENT', '--service-account is not a JSON file');
  }
}
