/** OpenSC as judge of the simulated card: no line of its own code takes part. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSimulatedCard } from '../../src/simulator/index.js';
import { requirePcscd } from '../support/pcscd.js';

const execute = promisify(execFile);
const CONFIGURATION = join(mkdtempSync(join(tmpdir(), 'simboot-opensc-')), 'opensc.conf');
writeFileSync(
  CONFIGURATION,
  'app default { card_drivers = default; enable_default_driver = true; framework pkcs15 { use_file_caching = false; } }\n',
);

requirePcscd('OpenSC reads the simulated card', (pcscd) => {
  afterEach(() => pcscd.removeAll());

  async function tool(name: string, args: readonly string[], profile: string): Promise<string> {
    const card = createSimulatedCard({ profile });
    const { reader } = await pcscd.insert(card);
    const env = { ...process.env, OPENSC_CONF: CONFIGURATION, OPENSC_DRIVER: 'default' };
    const { stdout } = await execute(name, ['--reader', reader, ...args], { env, timeout: 50_000 });
    return stdout;
  }

  test.each(['uicc-personalized', 'uicc-t0-personalized', 'uicc-foreign-dirbinary'])(
    'pkcs15-tool --dump of %s',
    async (profile) => {
      const dump = await tool('pkcs15-tool', ['--dump'], profile);
      expect(dump).toMatch(/Data object 'DM Bootstrap'/);
      expect(dump).toMatch(/applicationOID:\s+2\.23\.43\.7\.1/);
      expect(dump).toMatch(/Path:\s+(3f007f50|[0-9a-f:]*)6431/i);
      expect(dump).toMatch(/Manufacturer ID:\s+OMA/i);
    },
  );

  test('pkcs15-tool --read-data-object behind PIN1', async () => {
    const args = ['--pin', '1234', '--read-data-object', '2.23.43.7.1', '--raw'];
    expect((await tool('pkcs15-tool', args, 'uicc-locked')).slice(0, 2)).toBe('[]');
  });

  test('an application that has an AID and no path is read by relative paths', async () => {
    const dump = await tool('pkcs15-tool', ['--dump'], 'uicc-foreign-nopath');
    expect(dump).toMatch(/applicationOID:\s+2\.23\.43\.7\.1/);
  });

  test('what OpenSC does not read: an oidDO', async () => {
    expect(await tool('pkcs15-tool', ['--dump'], 'uicc-foreign-oiddo')).not.toMatch(/Data object/);
  });

  test('a card that refuses P2 00 is lost to OpenSC', async () => {
    await expect(tool('pkcs15-tool', ['--dump'], 'uicc-strict')).rejects.toMatchObject({ code: 1 });
  });

  test('opensc-tool sends our bytes', async () => {
    const out = await tool(
      'opensc-tool',
      ['--send-apdu', '00A40004022F0000', '--send-apdu', '00B2020426'],
      'uicc',
    );
    expect(out).toMatch(/62 1A 82 05 42 21 00 26 04 83 02 2F 00 8A 01 05/);
    expect(out).toMatch(/61 1D 4F 0C A0 00 00 00 63/);
  });
});
