/** The parts of a device that need no server: browser, programs, DevInfo, what is told, pictures. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { browserCommand } from '../../src/app/device/browser.js';
import { checkDevId, TEST_DEVICE, withDevInfo } from '../../src/app/device/dev-info.js';
import { environmentOf } from '../../src/app/device/environment.js';
import { type ExecHandler, execCommand, handlerOf } from '../../src/app/device/exec.js';
import { devicePicture } from '../../src/app/device/picture.js';
import { origin, packageSays } from '../../src/app/device/summary.js';
import { sequenceDiagram } from '../../src/app/sequence.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { BINARY_NOTIFICATION_FORMAT, DEFAULT_FORMATS } from '../../src/dm/index.js';
import { DEVINFO, MoTree } from '../../src/mo/index.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'simboot-device-parts-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function written(file: string): Promise<string> {
  for (let patience = 0; patience < 200; patience++) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.endsWith('\n')) return text;
    } catch {
      // not there yet
    }
    await sleep(10);
  }
  throw new Error(`${file} was not written`);
}

describe('the browser of SHOW', () => {
  /** Writes its arguments, a line each. */
  function listing(name: string): { file: string; command: string } {
    const file = join(directory, name);
    const script = `require('fs').writeFileSync(process.argv[1],process.argv.slice(2).join('\\n')+'\\n')`;
    return { file, command: `${process.execPath} -e ${script.replaceAll(' ', '')} ${file}` };
  }

  test('gets the address as one argument, whatever it holds; no shell reads it', async () => {
    const { file, command } = listing('one');
    const url = 'https://dm.example.com/ui/x?a=$(touch%20x)&b=;ls|`id`';
    expect(await browserCommand(`${command} --app={url}`)(url)).toBe(true);
    expect(await written(file)).toBe(`--app=${url}\n`);
  });

  test('gets it at the end where the command does not say where', async () => {
    const { file, command } = listing('two');
    expect(await browserCommand(command)('http://dm.example.com/$&')).toBe(true);
    expect(await written(file)).toBe('http://dm.example.com/$&\n');
  });

  test.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    '--load-extension=x',
    'ftp://example.com/',
    ' ',
    'data:text/html,x',
  ])('never opens %s', async (url) => {
    const { file, command } = listing('never');
    expect(await browserCommand(command)(url)).toBe(false);
    await sleep(20);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  test('a blank or a line end in an address is escaped', async () => {
    const { file, command } = listing('blank');
    expect(await browserCommand(command)('http://dm.example.com/a b\n--flag')).toBe(true);
    expect(await written(file)).toBe('http://dm.example.com/a%20b--flag\n');
  });

  test('a program that is not there is no page shown, an empty command a mistake', async () => {
    expect(await browserCommand('/no/such/program {url}')('http://dm.example.com/')).toBe(false);
    for (const wrong of ['', '  ', '{url}']) {
      expect(() => browserCommand(wrong)).toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }));
    }
  });
});

describe('programs of EXEC', () => {
  const request = {
    ref: { moid: 'urn:example:mo', miid: 'a', path: ['Reset'] },
    clientUri: 'urn:example:mo/a/Reset',
    serverId: 'dm1',
  };
  const signal = new AbortController().signal;
  const exits = (code: string) => execCommand(`${process.execPath} -e ${code}`)(request, signal);

  test('exit code 0 is 200, another one a status of the application', async () => {
    expect(await exits('0')).toEqual({ status: 200 });
    expect(await exits('process.exit(7)')).toEqual({ status: 1507 });
  });

  test('a program that is missing, or that a signal ended, is 500', async () => {
    expect(await execCommand('/no/such/program')(request, signal)).toEqual({ status: 500 });
    expect(await exits("process.kill(process.pid,'SIGKILL')")).toEqual({ status: 500 });
  });

  test('is told the node and the server', async () => {
    const file = join(directory, 'exec');
    const script =
      "require('fs').writeFileSync(process.argv[1],process.env.SIMBOOT_CLIENT_URI+process.argv[2])";
    expect(await execCommand(`${process.execPath} -e ${script} ${file} {server}`)(request, signal)).toEqual({
      status: 200,
    });
    expect(readFileSync(file, 'utf8')).toBe('urn:example:mo/a/Resetdm1');
  });

  test('ends with the device', async () => {
    const abort = new AbortController();
    const running = execCommand(`${process.execPath} -e setInterval(()=>0,1000)`)(request, abort.signal);
    setTimeout(() => abort.abort(), 50);
    expect(await running).toEqual({ status: 500 });
  });

  test('the handler of the very instance comes before that of any', () => {
    const [one, any]: ExecHandler[] = [async () => ({ status: 200 }), async () => ({ status: 200 })];
    const handlers = new Map([
      ['urn:example:mo/*/Reset', any!],
      ['urn:example:mo/a/Reset', one!],
    ]);
    expect(handlerOf(handlers, request.ref)).toBe(one);
    expect(handlerOf(handlers, { ...request.ref, miid: 'b' })).toBe(any);
    expect(handlerOf(handlers, { ...request.ref, path: ['Reset', 'x'] })).toBeUndefined();
    expect(handlerOf(handlers, { ...request.ref, moid: 'urn:example:other' })).toBeUndefined();
  });
});

describe('DevInfo', () => {
  test.each(['IMEI:004999010640000', 'ESN:8000ABCD', 'MEID:A0000012345678', 'urn:example:device:1'])(
    '%s is a DevID',
    (devId) => expect(checkDevId(devId)).toBe(devId),
  );

  test.each([
    'IMEI:004999010640001', // wrong check digit
    'IMEI:0049990106400',
    'ESN:80',
    'MEID:A00000123456789',
    'UUID:1234',
    '',
    'a b',
    'x\r\ny: z',
    'gerät',
  ])('%j is none', (devId) => {
    expect(() => checkDevId(devId)).toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }));
  });

  test('is brought up to date; the tree stays the same where nothing changed', () => {
    const tree = withDevInfo(MoTree.empty, TEST_DEVICE);
    expect(withDevInfo(tree, TEST_DEVICE)).toBe(tree);
    const later = withDevInfo(tree, { ...TEST_DEVICE, FwV: '2' });
    const at = (name: string) => ({ moid: DEVINFO.moid, miid: 'DevInfo', path: [name] });
    expect(later.node(at('FwV'))).toEqual({ kind: 'leaf', value: '2' });
    expect(later.node(at('DevID'))).toEqual({ kind: 'leaf', value: 'IMEI:004999010640000' });
    expect([...later.instancesOf(DEVINFO.moid)]).toHaveLength(1);
  });
});

describe('what is told of a package', () => {
  const says = (type: string, text: string) => packageSays(type, encodeUtf8(text));

  test('commands without values and one-time addresses', () => {
    const text = JSON.stringify({
      CMD: [
        ['GET', 'urn:example:mo/x/?nv=Secret:hunter2'],
        ['HGET', 'https://dm.example.com/repository/TOKEN?k=v'],
        ['END'],
      ],
    });
    expect(says('application/vnd.oma.dm.request+json', text)).toEqual([
      'Package#2',
      'GET urn:example:mo/x/?nv=Secret:…',
      'HGET https://dm.example.com/repository/…',
      'END',
    ]);
  });

  test('alerts by their names, statuses with their labels', () => {
    const alert = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}';
    expect(says('application/vnd.oma.dm.initiation+json', alert)).toEqual([
      'Package#1',
      'alert BootstrapComplete',
    ]);
    expect(says('application/vnd.oma.dm.response+json', '{"Status":[{"sc":200},{"sc":404}]}')).toEqual([
      'Package#3',
      '200 OK',
      '404 Not Found',
    ]);
  });

  test('what is not a package says nothing, what is none as it should be its error', () => {
    expect(says('text/html', '<p>')).toEqual([]);
    expect(packageSays(undefined, encodeUtf8('{}'))).toEqual([]);
    expect(says('application/vnd.oma.dm.request+json', '{')).toEqual(['not understood: DATA_JSON']);
    expect(says('nonsense', '{')).toEqual([expect.stringMatching(/^not understood: DATA_/)]);
  });

  test.each([
    ['https://dm.example.com:8443/dm', 'https://dm.example.com:8443/dm'],
    ['http://user:pass@dm.example.com/a/b', 'http://dm.example.com/a/…'],
    ['https://dm.example.com/dm?token=x', 'https://dm.example.com/dm/…'],
    ['nothing', '(no address)'],
  ])('%s is told as %s', (url, told) => expect(origin(url)).toBe(told));
});

test('a sequence diagram', () => {
  const steps = [
    { from: 'card', to: 'device', lines: ['document'] },
    { from: 'device', to: 'server', lines: ['Package#1', 'alert BootstrapComplete'] },
    { from: 'server', to: 'device', lines: ['Package#2'] },
    { from: 'device', to: 'device', lines: ['session ended'] },
  ];
  expect(sequenceDiagram(['card', 'device', 'server'], steps, 80).split('\n')).toEqual([
    'card         device                      server',
    '  │             │                           │',
    '  │ document    │                           │',
    '  ├────────────▶│                           │',
    '  │             │ Package#1                 │',
    '  │             │ alert BootstrapComplete   │',
    '  │             ├──────────────────────────▶│',
    '  │             │ Package#2                 │',
    '  │             │◀──────────────────────────┤',
    '  │             │ · session ended           │',
    '  │             │                           │',
  ]);
});

test('a diagram is cut to the width of the terminal', () => {
  const steps = [{ from: 'a', to: 'b', lines: ['x'.repeat(200)] }];
  const lines = sequenceDiagram(['a', 'b'], steps, 60).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('formats of packages and notifications are the device’s own, JSON and the binary one unless told (§7.1.2, §7.2)', () => {
  const never = async () => {
    throw new Error('nothing is sent');
  };
  const options = {
    stateFolder: directory,
    devInfo: TEST_DEVICE,
    clock: () => new Date(0),
    random: (octets: number) => new Uint8Array(octets),
    network: { send: never, close: async () => undefined },
  };
  expect(environmentOf(options)).toMatchObject({ formats: DEFAULT_FORMATS });
  expect(environmentOf(options)).not.toHaveProperty('notificationFormats');
  const notificationFormats = [{ ...BINARY_NOTIFICATION_FORMAT, name: 'test plug-in' }];
  expect(environmentOf({ ...options, formats: [], notificationFormats })).toMatchObject({
    formats: [],
    notificationFormats: [{ name: 'test plug-in' }],
  });
});

test('where nothing went to or fro there is no picture', () => {
  expect(devicePicture([], 80)).toBe('');
});
