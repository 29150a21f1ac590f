import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPLETE_DMACC_TEXT } from '../mo/documents.js';
import { simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-mo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const DDF = 'tests/mo-ddf/fixtures/thermostat-1.2.xml';
const URI = 'urn:example:mo:thermostat:1.0';
const thermostat = (name: string, root: object) =>
  file(name, JSON.stringify([{ ClientURI: `${URI}/hall/`, MOData: { hall: root } }]));
const GOOD = { Target: 19.5, Pin: '4711', Zones: { Main: 'x', a: 'y' } };
const good = thermostat('good.json', GOOD);
const dmacc = file('dmacc.json', COMPLETE_DMACC_TEXT);

describe('mo validate', () => {
  test('instances of simboot’s MOs and of a described one', async () => {
    const { code, stdout, stderr } = await simboot(['mo', 'validate', dmacc, good, '--ddf', DDF]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${dmacc}\n✓ valid\n${good}\n✓ valid\n`);
  });

  test('mistakes with their places, file by file, exit code 2', async () => {
    const bad = thermostat('bad.json', { ...GOOD, Target: 'warm', Colour: 'red' });
    const { code, stdout, stderr } = await simboot(['mo', 'validate', good, bad, '--ddf', DDF, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      files: [
        { file: good, valid: true, instances: 1, findings: [] },
        {
          file: bad,
          valid: false,
          findings: [
            { severity: 'error', code: 'MO_FORMAT', where: '$[0].MOData.hall.Target' },
            { severity: 'error', code: 'MO_UNKNOWN_NODE', where: '$[0].MOData.hall.Colour' },
          ],
        },
      ],
      ddf: [],
    });
    expect(stderr).toContain(`${bad}: 2 mistakes`);
    expect(stdout + stderr).not.toContain('warm');
  });

  test('without the description nothing can be said', async () => {
    const { code, stdout } = await simboot(['mo', 'validate', good]);
    expect(code).toBe(0);
    expect(stdout).toContain(`no definition of ${URI} is known`);
  });

  test('the same instance twice, and too many of an MO', async () => {
    const info = (miid: string) => ({
      ClientURI: `urn:oma:mo:oma-sessioninfomo:1.0/${miid}/`,
      MOData: { s: { CBT: 1, ROAMING: 0 } },
    });
    const twice = file('twice.json', JSON.stringify([info('a'), info('a'), info('b')]));
    const { code, json } = await simboot(['mo', 'validate', twice, '--json']);
    expect(code).toBe(2);
    expect(
      json<{ files: [{ findings: { code: string; where: string }[] }] }>().files[0].findings,
    ).toMatchObject([
      { code: 'MO_TWICE', where: '$[1].ClientURI' },
      { code: 'MO_OCCURRENCE', where: '$[2].ClientURI' },
    ]);
  });

  test('a file that is no MO data is a finding, and the next file is judged', async () => {
    const broken = file('broken.json', '[{');
    const { code, stdout } = await simboot(['mo', 'validate', broken, good, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).files).toMatchObject([
      { valid: false, findings: [{ code: 'DATA_JSON' }] },
      { valid: true },
    ]);
  });

  test('--partial takes children that were not asked for', async () => {
    const part = thermostat('part.json', {});
    expect((await simboot(['mo', 'validate', part, '--ddf', DDF])).code).toBe(2);
    expect((await simboot(['mo', 'validate', part, '--ddf', DDF, '--partial'])).code).toBe(0);
  });

  test('--exposed takes what a device does not show', async () => {
    const { Pin: _pin, ...shown } = GOOD;
    const seen = thermostat('seen.json', shown);
    expect((await simboot(['mo', 'validate', seen, '--ddf', DDF])).code).toBe(2);
    expect((await simboot(['mo', 'validate', seen, '--ddf', DDF, '--exposed'])).code).toBe(0);
    const { code, stdout } = await simboot(['mo', 'validate', good, '--ddf', DDF, '--exposed']);
    expect(code).toBe(0);
    expect(stdout).toContain('does not expose this node');
  });

  test('a device description by itself', async () => {
    const bad = file('wrong.xml', '<MgmtTree>\n<VerDTD>1.2</VerDTD></MgmtTree>');
    const { code, stdout } = await simboot([
      'mo',
      'validate',
      'tests/mo-ddf/fixtures/by-path-1.3.xml',
      bad,
      '--json',
    ]);
    expect(code).toBe(2);
    const [first, second] = JSON.parse(stdout).files;
    expect(first.valid).toBe(true);
    expect(first.findings).toHaveLength(4);
    expect(second.findings).toMatchObject([
      { severity: 'error', code: 'DATA_DDF', where: 'line 1, column 11' },
    ]);
  });

  test('a description that cannot be read is named, with line and column', async () => {
    const { code, stderr } = await simboot([
      'mo',
      'validate',
      good,
      '--ddf',
      file('bad.xml', '<MgmtTree>\n<a></b>'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.xml: .*\(line 2, column 8\)/);
  });
});

describe('mo tree', () => {
  test('a device description, with the markers of §6.3.1.5', async () => {
    const { code, stdout } = await simboot(['mo', 'tree', DDF]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'DDF 1.2, Example Works, T-100',
        '',
        `${URI}  (the DDF of ${URI})`,
        '└─ <x>*  node · Add, Delete, Get · dynamic',
        '   ├─ Target  float · Get, Replace · permanent · default "20.5"',
        '   ├─ Zones  node · Get · permanent',
        '   │  ├─ <x>*3  chr · Add, Delete, Get, Replace · dynamic',
        '   │  └─ Main  chr · Get · default "<hall> & stairs"',
        '   ├─ Firmware?  b64 · Exec',
        '   ├─ Pin  chr · not exposed',
        '   └─ Ext?  node · Get',
        '',
      ].join('\n'),
    );
  });

  test('the same for scripts', async () => {
    const document = (await simboot(['mo', 'tree', 'tests/mo-ddf/fixtures/by-path-1.3.xml', '--json'])).json<{
      definitions: { root: object }[];
      findings: object[];
    }>();
    expect(document).toMatchObject({ version: '1.3', findings: expect.any(Array) });
    expect(document.findings).toHaveLength(4);
    expect(document.definitions[0]!.root).toEqual({
      name: '<x>',
      marker: '+4',
      format: 'node',
      access: ['Get'],
      status: 'Required',
      occurrence: 'OneOr4',
      children: [
        {
          name: 'Level',
          marker: '',
          format: 'int',
          access: ['Get', 'Replace'],
          status: 'Required',
          occurrence: 'One',
        },
      ],
    });
  });

  test('instances with what their description says; what nobody may get is a length', async () => {
    const { code, stdout } = await simboot(['mo', 'tree', good, '--ddf', DDF]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `${URI}/hall/`,
        '└─ hall  node* · Add, Delete, Get',
        '   ├─ Target  = 19.5 · float · Get, Replace',
        '   ├─ Pin  secret, 4 octets · chr · not exposed',
        '   └─ Zones  node · Get',
        '      ├─ Main  = "x" · chr · Get',
        '      └─ a  = "y" · chr*3 · Add, Delete, Get, Replace',
        '',
      ].join('\n'),
    );
  });

  test('secrets of an account only with --reveal', async () => {
    const hidden = await simboot(['mo', 'tree', dmacc]);
    expect(hidden.stdout).toContain('ClientSecretKey  secret, 4 octets · bin · No Get');
    expect(hidden.stdout).toContain('Colour  not shown, 3 octets');
    expect(hidden.stdout).not.toMatch(/AAECAw|ZGF0YQ/);
    const shown = await simboot(['mo', 'tree', dmacc, '--reveal', '--json']);
    expect(shown.stdout).toMatch(/AAECAw==/);
    expect(JSON.stringify((await simboot(['mo', 'tree', dmacc, '--json'])).json())).not.toMatch(/AAECAw/);
  });

  test('nor the password in a URL', async () => {
    const info = { DevID: 'https://me:hunter2@example.com/a', Man: 'x' };
    const device = file(
      'url.json',
      JSON.stringify([{ ClientURI: 'urn:oma:mo:oma-dm-devinfo:1.2//', MOData: { d: info } }]),
    );
    expect((await simboot(['mo', 'tree', device])).stdout).toContain('= "https://me:…@example.com/a"');
    expect((await simboot(['mo', 'tree', device, '--reveal'])).stdout).toContain('hunter2');
  });

  test('nodes that the definition does not have are told', async () => {
    const odd = thermostat('odd.json', { Target: 1, Colour: 'red' });
    const { stdout } = await simboot(['mo', 'tree', odd, '--ddf', DDF]);
    expect(stdout).toContain('Colour  not shown, 3 octets · not in the definition');
  });

  test('from standard input', async () => {
    const { code, stdout } = await simboot(['mo', 'tree', '-'], { stdin: ' \n<MgmtTree/>' });
    expect([code, stdout]).toEqual([2, '']);
  });
});
