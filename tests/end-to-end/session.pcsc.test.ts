/** A device that reads its card over the real PC/SC service, in clear and through SCP03, and has a session with a server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard } from '../../src/simulator/index.js';
import { row } from '../support/conformance.js';
import { requirePcscd } from '../support/pcscd.js';
import { freePort, Running, simboot } from './programs.js';

const TEST_KEY = '404142434445464748494A4B4C4D4E4F';

requirePcscd('bootstrap and session over PC/SC', (pcscd) => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-session-pcsc-'));
  const at = (name: string): string => join(directory, name);
  let server: Running;

  beforeAll(async () => {
    const port = await freePort();
    writeFileSync(at('psk'), '5ca1ab1e0ddba11c0ffee0decafbad01');
    writeFileSync(at('adm'), '12345678');
    writeFileSync(at('scp03'), TEST_KEY);
    writeFileSync(at('script.yaml'), 'steps: [{ get: "urn:oma:mo:oma-dm-devinfo:1.2//DevID" }]\n');
    const made = await simboot([
      ...[
        'bootstrap',
        'create',
        '--srv-id',
        'dm1',
        '--srv-uri',
        `https://127.0.0.1:${port}/dm`,
        '--name',
        'Example',
      ],
      ...['--psk-identity', 'device-1', '--psk-key', `@${at('psk')}`, '--out', at('account.json')],
    ]);
    expect(made).toMatchObject({ code: 0 });
    const imported = await simboot(['server', 'import', '--state', at('server'), at('account.json')]);
    expect(imported).toMatchObject({ code: 0 });
    const listen = ['--listen', `127.0.0.1:${port}`, '--run', at('script.yaml')];
    server = new Running(['server', 'start', '--state', at('server'), ...listen]);
    await server.says('ready');
  }, 60_000);
  afterEach(() => pcscd.removeAll());
  afterAll(async () => {
    await server?.kill();
    rmSync(directory, { recursive: true });
  });

  async function session(profile: string, folder: string, ...keys: string[]): Promise<void> {
    const { reader } = await pcscd.insert(createSimulatedCard({ profile }));
    const adm = ['--adm-ascii', `@${at('adm')}`];
    const written = await simboot(['--reader', reader, 'card', 'write', at('account.json'), ...adm, ...keys]);
    expect(written).toMatchObject({ code: 0 });
    const run = await simboot([
      '--json',
      '--reader',
      reader,
      'client',
      'run',
      '--state',
      at(folder),
      ...keys,
    ]);
    expect(run).toMatchObject({ code: 0 });
    expect(JSON.parse(run.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      accounts: [{ srvId: 'dm1', origin: 'smartcard' }],
      sessions: [{ serverId: 'dm1', ended: true }],
      cardRead: true,
    });
  }

  row(
    'B.1.4 DM-BOOT-008-C-O',
    'received',
    'the card in a reader of the real PC/SC service, then a session',
    () => session('uicc', 'device-1'),
  );

  row('B.1.5 DM-SEC-014-C-O', 'sent', 'SCP03 over the real PC/SC service, then a session', async () => {
    const key = `@${at('scp03')}`;
    await session('uicc-scp03-only', 'device-2', '--scp03-enc', key, '--scp03-mac', key, '--scp03-dek', key);
  });

  test('a card that is taken out removes nothing', async () => {
    const run = await simboot([
      ...['--json', '--reader', 'Virtual PCD 00 00', 'client', 'run', '--state', at('device-1')],
    ]);
    expect(run).toMatchObject({ code: 5, stdout: expect.stringContaining('"cardRead":false') });
    expect(run.stdout).toContain('"accounts":[{"srvId":"dm1","origin":"smartcard"}]');
  });
});
