import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse as parseYaml } from 'yaml';
import { fieldsOf, jobJsonSchema } from '../../src/perso/index.js';
import { EXAMPLES, example, exampleFile, parse, SMALL } from './support.js';

const sha256 = (octets: Uint8Array | string) => createHash('sha256').update(octets).digest('hex');

test('a small job has every default', async () => {
  expect(await parse(SMALL)).toEqual({
    name: 'small',
    version: '1',
    hash: sha256(`${sha256(SMALL)}  -\n`),
    card: { mode: 'auto', atrs: [], identity: 'cplc', simulated: 'uicc-line', files: {} },
    records: {
      format: 'csv',
      delimiter: ',',
      columns: [
        { name: 'iccid', header: 'iccid', type: 'iccid', unique: true, optional: false, secret: false },
        { name: 'imsi', header: 'imsi', type: 'imsi', unique: true, optional: false, secret: false },
        {
          name: 'ki',
          header: 'ki',
          type: 'hex',
          length: { min: 16, max: 16 },
          unique: false,
          optional: false,
          secret: false,
        },
      ],
      transportKeys: [],
    },
    bind: { by: 'next' },
    draw: {},
    secrets: {},
    keys: {},
    steps: [
      {
        kind: 'file',
        name: 'imsi',
        path: 'ADF_USIM/6F07',
        codec: 'imsi',
        value: '${imsi}',
        writeOnly: false,
      },
    ],
    checks: { pinTries: true },
    stop: {
      consecutiveFailures: 5,
      yieldFloor: { percent: 90, after: 50 },
      wrongAtr: 3,
      keyMismatch: 1,
      slotFailures: 3,
    },
    timing: { stepTimeoutMs: 30_000, contactRetries: 2 },
    outputs: [],
    hooks: {},
  });
});

describe('the examples', () => {
  test.each(EXAMPLES)('%s is a job, and its records have the columns', async (name) => {
    const job = await example(name);
    const text = new TextDecoder().decode(exampleFile(job.records.file!));
    for (const { header } of job.records.columns) expect(text).toContain(header);
  });

  test('the hash is what sha256sum says of job and description', async () => {
    const job = await example('uicc');
    const sums = ['uicc.yaml', 'bootstrap.yaml'].map((name) => sha256(exampleFile(name)));
    expect(job.hash).toBe(sha256(`${sums[0]}  -\n${sums[1]}  bootstrap.yaml\n`));
  });

  test('fields that serve as keys are secret without being told; others are not', async () => {
    const { records } = await example('uicc');
    const secret = records.columns.filter((column) => column.secret).map(({ name }) => name);
    expect(secret).toEqual(['ki', 'opc', 'adm1']);
  });

  test('their outputs: secrets are encrypted where there is a transport key', async () => {
    const { outputs } = await example('scp03');
    expect(outputs.map(({ name, kind, file }) => [name, kind, file])).toEqual([
      ['server', 'server', '${batch}.server.csv'],
      ['box', 'box', '${batch}-box-${box}.csv'],
    ]);
    expect(outputs[0]!.columns).toEqual([
      { header: 'iccid', value: '${iccid}', encrypted: false },
      { header: 'imsi', value: '${imsi}', encrypted: false },
      { header: 'psk', value: '${psk}', encrypted: true },
      { header: 'adm', value: '${adm1}', encrypted: true },
    ]);
  });

  test('what a job needs of a record', async () => {
    expect(fieldsOf(await example('scp03'))).toEqual({
      work: ['imsi', 'ki', 'opc', 'iccid', 'psk', 'adm1'],
      outputs: ['iccid', 'imsi', 'psk', 'adm1', 'box', 'position'],
    });
  });

  test('keys, rotation and PINs', async () => {
    const { keys, steps, bind, card } = await example('scp03');
    expect(bind).toEqual({ by: 'iccid', column: 'iccid' });
    expect(card.files).toEqual({ create: { bootstrap: 2048 } });
    expect(keys).toEqual({
      adm: { value: '12345678', reference: 0x0a },
      scp03: {
        keySet: 'blanks',
        diversification: 'none',
        keyVersion: 0x30,
        level: 0x33,
        through: 'bootstrap',
      },
    });
    expect(steps.slice(-2)).toEqual([
      { kind: 'rotate-keys', name: 'rotate keys', keyVersion: 0x31, next: { kind: 'drawn', length: 16 } },
      { kind: 'pin', name: 'pin 0A', reference: 0x0a, current: '12345678', value: '${adm1}' },
    ]);
  });

  test('the dialect of a header with records', async () => {
    expect((await example('order')).records.dialect).toEqual({
      inputColumns: 'Var_In:',
      outputColumns: 'Var_Out:',
      separator: ':',
      delimiter: ' ',
      quantity: 'Quantity',
      transportKey: 'Transport_Key',
    });
  });
});

describe('docs/schema/job.schema.json', () => {
  const schema = JSON.parse(readFileSync('docs/schema/job.schema.json', 'utf8')) as object;
  const judge = new Ajv2020({ strict: false }).compile(schema);

  test('is what simboot checks by', () => expect(schema).toEqual(jobJsonSchema()));

  test.each(EXAMPLES)('accepts %s', (name) => {
    judge(parseYaml(new TextDecoder().decode(exampleFile(`${name}.yaml`))));
    expect(judge.errors).toBeNull();
  });

  test.each([
    ['an unknown entry', { colums: {} }],
    ['a wrong version', { simboot: 'job/2' }],
    ['a step of no kind', { steps: [{ name: 'a' }] }],
    ['no steps', { steps: [] }],
  ])('refuses %s', (_, wrong) => {
    expect(judge({ ...(parseYaml(SMALL) as object), ...wrong })).toBe(false);
  });
});

describe('short and long forms say the same', () => {
  test.each([
    ['bind: iccid', 'bind: { by: iccid, column: iccid }'],
    ['draw: { a: 4 digits, b: 16 octets }', 'draw: { a: { digits: 4 }, b: { octets: 16 } }'],
    [
      'keys: { adm: "x", pin: "1234" }',
      'keys: { adm: { value: x, reference: "0A" }, pin: { value: "1234" } }',
    ],
    [
      'keys: { scp03: main }',
      'keys: { scp03: { keySet: main, diversification: none, level: "33", through: keys } }',
    ],
    ['card: { atr: 3b* }', 'card: { atr: ["3B*"], mode: auto, identity: cplc, simulated: uicc-line }'],
    [
      'outputs: { box: { columns: [iccid] } }',
      'outputs: { box: { kind: box, columns: [{ header: iccid, value: "${iccid}" }] } }',
    ],
    [
      'checks: { authenticate: { k: "${ki}", opc: "${ki}" } }',
      'checks: { authenticate: { algorithm: milenage, k: "${ki}", opc: "${ki}" }, pinTries: true }',
    ],
  ])('%s', async (short, long) => {
    const [one, other] = await Promise.all([short, long].map((text) => parse(`${SMALL}${text}\n`)));
    expect({ ...one, hash: '' }).toEqual({ ...other, hash: '' });
  });

  test('steps', async () => {
    const { steps } = await parse(
      `${SMALL}  - file: 3f00/2fe2
    value: "\${iccid}"
  - { iccid: "\${iccid}", name: again }
  - apdu: [80 CA 00 FE 02, { command: "00A40004023F00", status: ["61..", 9f..], response: "" }]
    verify: 00F2000000
    repeatable: true
  - apdu: "00F2\${ki}"
  - rotateKeys: { keyVersion: 31, next: { keySet: m, method: kdf3 }, aid: a000000151000000 }
keys: { scp03: x }
`.replace('keyVersion: 31', 'keyVersion: "31"'),
    );
    expect(steps.slice(1)).toEqual([
      {
        kind: 'file',
        name: '3F00/2FE2',
        path: '3F00/2FE2',
        codec: 'iccid',
        value: '${iccid}',
        writeOnly: false,
      },
      { kind: 'file', name: 'again', path: '3F00/2FE2', codec: 'iccid', value: '${iccid}', writeOnly: false },
      {
        kind: 'apdu',
        name: 'apdu',
        commands: [
          { command: '80CA00FE02', status: ['9000'] },
          { command: '00A40004023F00', status: ['61..', '9F..'], response: '' },
        ],
        verify: [{ command: '00F2000000', status: ['9000'] }],
        repeatable: true,
      },
      {
        kind: 'apdu',
        name: 'apdu (2)',
        commands: [{ command: '00F2${ki}', status: ['9000'] }],
        verify: [],
        repeatable: false,
      },
      {
        kind: 'rotate-keys',
        name: 'rotate keys',
        aid: 'A000000151000000',
        keyVersion: 0x31,
        next: { kind: 'diversified', keySet: 'm', method: 'kdf3' },
      },
    ]);
  });

  test('in 2G mode the short forms mean the files of a SIM (TS 51.011 §10)', async () => {
    const { steps } = await parse(`${SMALL}  - spn: x\n  - smsp: { alpha: a }\ncard: { mode: 2g }\n`);
    expect(steps.map((step) => (step as { path: string }).path)).toEqual([
      '3F00/7F20/6F07',
      '3F00/7F20/6F46',
      '3F00/7F10/6F42',
    ]);
  });

  test('JSON is YAML too', async () => {
    const json = JSON.stringify(parseYaml(SMALL));
    expect({ ...(await parse(json)), hash: '' }).toEqual({ ...(await parse(SMALL)), hash: '' });
  });
});

test('the files of a description are in the job, and in its hash', async () => {
  const text = `${SMALL}  - bootstrap: perso/boot.yaml\n`;
  const description = `accounts:
  - srvId: a
    srvUri: https://a/
    name: A
    trsp: { psk: { identity: "\${iccid}", key: "@psk.hex" } }
`;
  const files = { 'perso/boot.yaml': description, 'perso/psk.hex': '00ff' };
  const one = await parse(text, files);
  expect(one.steps[1]).toMatchObject({
    kind: 'bootstrap',
    files: { 'psk.hex': new TextEncoder().encode('00ff') },
  });
  const other = await parse(text, { ...files, 'perso/psk.hex': '00fe' });
  expect(other.hash).not.toBe(one.hash);
});
