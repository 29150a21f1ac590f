/** `simboot bootstrap push`: bootstraps devices that have nothing but a SIM (DM 2.0 §8.4), one or a whole campaign. */
import { type Command, Option } from 'commander';
import { PushProgress, type PushReport, runPush } from '../../src/app/index.js';
import { type CliContext, EXIT } from '../context.js';
import { examples } from '../help.js';
import { answersOf, campaignOf, devicesOf, type PushCommandOptions, withCampaign } from '../push.js';
import { showStatus, tellChange, writeReport } from '../push-report.js';
import { SECRET_SOURCES } from '../secrets.js';
import { addStoreOptions } from '../server.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addStoreOptions(
    parent
      .command('push')
      .description('bootstrap devices over GBA push; run again, a campaign goes on where it was')
      .argument('[file]', 'devices: CSV with a header line, or JSON; - for standard input (docs/push.md)'),
  )
    .requiredOption('--campaign <name>', 'the campaign; devices that it has already stay as they are')
    .option(
      '--ue-id <identity>',
      'one device in place of a file: IMPI, or an IMPU that begins with sip: or tel:',
    )
    .option('--address <address>', 'its address: udp:HOST[:PORT], sms:NUMBER or https://HOST/PATH')
    .addOption(
      new Option('--gba <kind>', 'of devices that do not say: where Ks will be known')
        .choices(['me', 'u'])
        .default('me'),
    )
    .option('--bsf <url>', 'root of the BSF, such as https://bsf.example:8444')
    .option('--password <source>', `password at the BSF, where --naf-fqdn is the user: ${SECRET_SOURCES}`)
    .option('--trust <file>', 'authorities or certificate of the BSF, PEM')
    .option('--naf-fqdn <name>', 'host name of the DM server')
    .option('--ua-id <hex>', 'Ua security protocol identifier, five octets')
    .option('--server-id <id>', 'SrvID of the DM server')
    .option('--server-uri <url>', 'where sessions go')
    .option('--name <text>', 'name that users see; the SrvID unless told')
    .option(
      '--perm <moid>',
      'MOID that the server asks to manage; all unless told (repeatable)',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addOption(
      new Option('--label <label>', 'label of DMBIK and DMBEK (docs/decisions/dm-bik-label.md)')
        .choices(['dm-bik', 'dmbik-literal'])
        .default('dm-bik'),
    )
    .option('--smsc <url>', 'service centre of short messages: smpp://HOST:PORT or ssmpp://HOST:PORT')
    .option('--smsc-user <name>', 'system_id at the service centre')
    .option('--smsc-password <source>', `password there: ${SECRET_SOURCES}`)
    .option('--sender <number>', 'sender of short messages: a number, or up to 11 letters')
    .option('--push-trust <file>', 'authorities or certificate of https addresses, PEM')
    .option('--attempts <number>', 'pushes to one device', '5')
    .option(
      '--first-wait <seconds>',
      'wait for a device after the first push; twice as long after each',
      '60',
    )
    .option('--life <seconds>', 'life of the keys of one push', '3600')
    .option('--parallel <number>', 'devices at once', '16')
    .option(
      '--answers <file>',
      'RAND and AUTS of devices whose SIM was ahead: the BSF hears of them, and they are pushed to again (docs/push.md)',
    )
    .option(
      '--first-script <script>',
      'what each device gets in its first session, the one that tells of the bootstrap: YAML or JSON (docs/scripts.md)',
    )
    .option('--no-wait', 'send what is due and end, without waiting for devices')
    .option('--status', 'show what became of the campaign; nothing is sent')
    .action((file: string | undefined, options: PushCommandOptions) => run(cli, file, options));
  examples(command, [
    [
      'simboot bootstrap push devices.csv --campaign spring --bsf https://127.0.0.1:8444 --trust simboot-bsf/tls-ec.pem --naf-fqdn dm.example.com --ua-id 03ff000001 --server-id dms1 --server-uri https://dm.example.com/dm',
      'every device of a file; ends when all came or failed',
    ],
    ['simboot bootstrap push --campaign spring --status', 'what became of them'],
  ]);
}

async function run(cli: CliContext, file: string | undefined, options: PushCommandOptions): Promise<void> {
  if (options.status === true) return showStatus(cli, file, options);
  const devices = await devicesOf(cli, file, options);
  const answers = await answersOf(cli, options);
  const settings = await campaignOf(cli, options);
  const report = await withCampaign(cli, options, settings, async (campaign) => {
    const seen = new PushProgress(options.wait);
    let line: ReturnType<CliContext['progress']> | undefined;
    const done = await runPush({
      ...campaign,
      devices,
      answers,
      wait: options.wait,
      signal: cli.signal,
      onEvent(event) {
        seen.take(event);
        line ??= cli.progress('push', seen.total, 'devices');
        line.update(seen.done);
        tellChange(cli, event);
      },
    });
    line?.end();
    return done;
  });
  finish(cli, report);
}

function finish(cli: CliContext, report: PushReport): void {
  writeReport(cli, report);
  if (cli.signal.aborted)
    cli.note(
      `stopped; the same command goes on with campaign ${report.campaign}, and no device gets other keys`,
    );
  else if (!report.done) cli.finish(EXIT.SOME_FAILED);
}
