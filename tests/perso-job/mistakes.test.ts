/** What is said of jobs that are wrong: each mistake with its place, all of them at once. */
import { DataError } from '../../src/errors/index.js';
import { mistakesOf, parse, SMALL } from './support.js';

const HEAD = 'simboot: job/1\nname: a\n';
const COLUMNS =
  'records: { columns: { iccid: iccid, imsi: imsi, ki: { type: hex, length: 16 }, note: text } }\n';
const STEPS = 'steps: [{ imsi: "${imsi}" }]\n';
/** Line 5 is the first that a test adds. */
const BASE = HEAD + COLUMNS + STEPS;

test('all mistakes at once, in the order of the file, with hints', async () => {
  const text = `simboot: job/1
nme: wrong
name: right
records:
  columns:
    iccid: { typ: iccid, type: icid }
stps: []
`;
  expect(await mistakesOf(text)).toEqual([
    'job.yaml:1:1: steps: this entry is missing',
    'job.yaml:2:1: nme: there is no such entry here; did you mean name?',
    'job.yaml:6:14: records.columns.iccid.typ: there is no such entry here; did you mean type?',
    'job.yaml:6:26: records.columns.iccid.type: one of text, digits, hex, iccid, imsi, eid is required here',
    'job.yaml:7:1: stps: there is no such entry here; did you mean steps?',
  ]);
});

test('the error tells them in one message and as details', async () => {
  const error = await parse(`${BASE}a: 1\nb: 2\n`).catch((thrown: unknown) => thrown as DataError);
  expect(error).toBeInstanceOf(DataError);
  expect(error).toMatchObject({ code: 'DATA_JOB', details: { file: 'job.yaml' } });
  expect((error as DataError).message).toMatch(
    /^job.yaml has 2 mistakes:\n {2}job.yaml:5:1: a: .*\n {2}job.yaml:6:1: b: /,
  );
});

describe('entries', () => {
  test.each([
    [
      'a version that this one does not read',
      BASE.replace('job/1', 'job/2'),
      '1:1: simboot: this version of simboot reads job/1',
    ],
    ['no version', BASE.replace('simboot: job/1\n', ''), '1:1: simboot: this entry is missing'],
    [
      'a number for a text',
      `${BASE}version: 1\n`,
      '5:1: version: this must be text; put numbers and true or false in quotes',
    ],
    [
      'a text for a number',
      `${BASE}timing: { contactRetries: many }\n`,
      '5:11: timing.contactRetries: a whole number from 0 to 100 is required here',
    ],
    ['a list for entries', `${BASE}stop: []\n`, '5:1: stop: entries with names required here'],
    ['a wrong word', `${BASE}card: { mode: 4g }\n`, '5:9: card.mode: one of auto, 2g, 3g is required here'],
    [
      'a file identifier as a number',
      `${BASE}card: { files: { bootstrap: 6431 } }\n`,
      '5:18: card.files.bootstrap: a file identifier has four hexadecimal digits, in quotes where YAML would take it for a number',
    ],
    [
      'an ATR that is none',
      `${BASE}card: { atr: [3B9F, xyz] }\n`,
      '5:21: card.atr[1]: an ATR has hexadecimal digits, . for any digit, and * at the end for any rest, in quotes where YAML would take it for a number',
    ],
    [
      'a reference as a decimal number',
      `${BASE}keys: { adm: { value: "1", reference: 10 } }\n`,
      '5:28: keys.adm.reference: two hexadecimal digits are required here, in quotes where YAML would take it for a number: "0A"',
    ],
    [
      'a name of a column',
      BASE.replace('note: text', '1st: text'),
      '3:80: records.columns.1st: a name is a letter, then up to 63 letters, digits, dots, hyphens and underscores',
    ],
    [
      'columns as a list',
      `${HEAD}records: { columns: [iccid] }\n${STEPS}`,
      '3:12: records.columns: columns are given by their names',
    ],
    [
      'what is drawn',
      `${BASE}draw: { pin: four digits }\n`,
      '5:9: draw.pin: what is drawn is given as "4 digits" or "16 octets"',
    ],
    ['the same entry twice', `${BASE}name: b\n`, '5:1: the same entry is given twice'],
    ['YAML that ends too early', 'simboot: [\n', '2:1: this is neither YAML nor JSON (bad indent)'],
    ['an alias without an anchor', `${BASE}hooks: *a\n`, ' an alias (*name) has no anchor (&name) before it'],
  ])('%s', async (_, text, expected) => {
    const [first] = await mistakesOf(text);
    expect(first).toBe(`job.yaml:${expected}`);
  });
});

describe('steps', () => {
  const step = (text: string) => `${HEAD}${COLUMNS}steps:\n  - ${text}\n`;
  test.each([
    [
      'no kind',
      'name: a',
      '5:5: steps[0]: this is no step: it needs one of bootstrap, file, pin, rotateKeys, apdu, ',
    ],
    ['a kind that is written wrongly', 'ismi: "1"', '5:5: steps[0]: this is no step; did you mean imsi?'],
    [
      'two in one',
      'imsi: "${imsi}"\n    spn: x',
      '6:5: steps[0].spn: this is a step of its own: begin it with a hyphen',
    ],
    [
      'an unknown entry',
      'file: 3F00/2F05\n    value: "00"\n    ofset: 1',
      '7:5: steps[0].ofset: there is no such entry here; did you mean offset?',
    ],
    [
      'a path',
      'file: 2FE2\n    value: "00"',
      '5:5: steps[0].file: a path is 3F00 or ADF_USIM and file identifiers after it',
    ],
    ['no value', 'file: 3F00/2FE2', '5:5: steps[0].value: this entry is missing'],
    [
      'a name twice',
      'name: a\n    spn: x\n  - { name: a, spn: y }',
      '7:7: steps[1].name: an earlier step has that name',
    ],
    [
      'an unknown field',
      'imsi: "${imsy}"',
      '5:5: steps[0].imsi: no column or drawn value is named imsy; did you mean imsi?',
    ],
    [
      'an unknown field in a list',
      'fplmn: ["00101", "${x}"]',
      '5:22: steps[0].fplmn[1]: no column or drawn value is named x; there are iccid, imsi, ki, note',
    ],
    [
      'a field that does not end',
      'imsi: "${imsi"',
      '5:5: steps[0].imsi: a field begins with ${ but has no } after it',
    ],
    [
      'a constant that the codec refuses',
      'imsi: "12"',
      '5:5: steps[0].imsi: an IMSI has 6 to 15 decimal digits; this has 2 characters (EF(IMSI), TS 31.102 §4.2.2)',
    ],
    [
      'a number for digits',
      'iccid: 8988211000000000011',
      '5:5: steps[0].iccid: digits in quotes are required here',
    ],
    [
      'an unknown entry of a value',
      'spn: { name: "${note}", hide: true }',
      '5:29: steps[0].spn.hide: there is no such entry here; there are name, showNetwork, showWhenRoaming',
    ],
    [
      'raw octets',
      'file: 3F00/2F05\n    value: "0"',
      '6:5: steps[0].value: an even number of hexadecimal digits is required, not these 1 characters (raw octets)',
    ],
    [
      'an offset with a codec',
      'file: 3F00/2FE2\n    value: "${iccid}"\n    offset: 2',
      '7:5: steps[0].offset: a file that is written whole by the codec iccid has no offset',
    ],
    [
      'a PIN whose value nobody knows',
      'pin: 01\n    value: "1234"',
      '5:5: steps[0]: current is missing: which value does the card have now?',
    ],
    [
      'a PIN twice',
      '{ pin: 01, current: "0", value: "1" }\n  - { pin: 01, current: "1", value: "2" }',
      '6:7: steps[1].pin: an earlier step sets that PIN already',
    ],
    [
      'a key reference',
      '{ pin: "60", current: "0", value: "1" }',
      '5:7: steps[0].pin: a key reference is 01 to 1F or 81 to 9F (TS 102 221 §9.5.1)',
    ],
    [
      'rotation without SCP03',
      'rotateKeys: { keyVersion: "31" }',
      '5:5: steps[0]: keys are changed through SCP03: keys.scp03 is missing',
    ],
    [
      'half an octet',
      'apdu: 00A4000',
      '5:5: steps[0].apdu: there is half an octet: the number of digits is odd',
    ],
    [
      'no hex in a command',
      'apdu: [{ command: "00Z4${ki}" }]',
      '5:14: steps[0].apdu[0].command: hexadecimal digits and fields are required here',
    ],
    ['a command that is too short', 'apdu: "00A4"', '5:5: steps[0].apdu: a command has at least 4 octets'],
    [
      'a status',
      'apdu: [{ command: "00A40000", status: "90" }]',
      '5:35: steps[0].apdu[0].status: a status word has four hexadecimal digits',
    ],
    [
      'a bootstrap file that is not there',
      'bootstrap: none.yaml',
      '5:5: steps[0].bootstrap: file none.yaml cannot be read',
    ],
    [
      'two bootstraps',
      'bootstrap: {}\n  - bootstrap: {}',
      '4:1: steps: a card has one bootstrap document, so a job has one bootstrap step',
    ],
  ])('%s', async (_, text, expected) => {
    const [first] = await mistakesOf(step(text));
    expect(first?.slice(0, expected.length + 9)).toBe(`job.yaml:${expected}`);
  });
});

describe('entries that do not fit together', () => {
  test.each([
    [
      'a transport key that is not declared',
      BASE.replace('length: 16', 'transport: tk'),
      '3:66: records.columns.ki.transport: transport key tk is not in records.transportKeys',
    ],
    [
      'an encrypted column that is not secret',
      BASE.replace('records: {', 'records: { transportKeys: tk,').replace(
        'length: 16',
        'transport: tk, secret: false',
      ),
      '3:100: records.columns.ki.secret: a column under a transport key is secret',
    ],
    [
      'a range',
      BASE.replace('imsi: imsi', 'imsi: { type: imsi, range: { from: "9", to: "10" } }'),
      '3:57: records.columns.imsi.range: a range is of digits, and its ends have the same number of them',
    ],
    [
      'a range from above',
      BASE.replace('imsi: imsi', 'imsi: { type: imsi, range: { from: "99", to: "10" } }'),
      '3:57: records.columns.imsi.range: from is above to',
    ],
    [
      'a length',
      BASE.replace('length: 16', 'length: { min: 3, max: 2 }'),
      '3:66: records.columns.ki.length: min is above max',
    ],
    [
      'a pattern',
      BASE.replace('note: text', 'note: { type: text, pattern: "(" }'),
      '3:100: records.columns.note.pattern: this is no regular expression',
    ],
    [
      'a version that a terminal would obey',
      `${BASE}version: "1\\u001b[31m"\n`,
      '5:1: version: a version has no control characters',
    ],
    [
      'a pattern without an end',
      BASE.replace('note: text', 'note: { type: text, pattern: "(a+)+" }'),
      '3:100: records.columns.note.pattern: a repetition stands within a repetition',
    ],
    [
      'two columns with one header',
      BASE.replace('note: text', 'note: { type: text, header: ki }'),
      '3:80: records.columns.note: two columns have the header ki',
    ],
    [
      'an ICCID that is not unique',
      BASE.replace('iccid: iccid', 'iccid: { type: iccid, unique: false }'),
      '3:45: records.columns.iccid.unique: a column of type iccid is always unique',
    ],
    [
      'a drawn value with the name of a column',
      `${BASE}draw: { imsi: 4 digits }\n`,
      '5:9: draw.imsi: a column has that name already',
    ],
    [
      'a dialect of CSV',
      BASE.replace('records: {', 'records: { dialect: {},'),
      '3:12: records.dialect: a dialect is of format var, and this is csv',
    ],
    [
      'a binding to a column that is not there',
      `${BASE}bind: { by: code, column: eid }\n`,
      '5:19: bind.column: no column or drawn value is named eid; there are iccid, imsi, ki, note',
    ],
    [
      'a binding to a column that is not unique',
      `${BASE}bind: { by: code, column: note }\n`,
      '5:19: bind.column: column note has to be unique',
    ],
    [
      'a binding by ICCID to an IMSI',
      `${BASE}bind: { by: iccid, column: imsi }\n`,
      '5:20: bind.column: column imsi is not of type iccid',
    ],
    [
      'a code without a column',
      `${BASE}bind: { by: code }\n`,
      '5:1: bind: column is missing: which one has the scanned code?',
    ],
    [
      'an ICCID that tells cards apart and is written',
      `${BASE.replace('imsi: "${imsi}" }', 'imsi: "${imsi}" }, { iccid: "${iccid}" }')}card: { identity: iccid }\n`,
      '4:30: steps[1]: cards are told apart by their ICCID (card.identity), and this step changes it: use cplc, or none',
    ],
    [
      'a file that tells cards apart and is written',
      `${BASE.replace('imsi: "${imsi}" }', 'imsi: "${imsi}" }, { file: 3f00/2f05, value: "01" }')}card: { identity: { file: 3f00/2f05 } }\n`,
      '4:30: steps[1]: cards are told apart by this file (card.identity), and this step changes it: use cplc, or none',
    ],
    [
      'another ICCID than the one that cards are bound by',
      `${BASE.replace('imsi: "${imsi}" }', 'imsi: "${imsi}" }, { iccid: "${note}" }')}bind: iccid\n`,
      '4:30: steps[1]: cards are bound by their ICCID, so this step can only write ${iccid}',
    ],
    [
      'a channel to a bootstrap that is not there',
      `${BASE}keys: { scp03: { keySet: a, through: bootstrap } }\n`,
      '5:29: keys.scp03.through: nothing goes through the channel to the bootstrap: there is no such step',
    ],
  ])('%s', async (_, text, expected) => {
    expect(await mistakesOf(text)).toEqual([`job.yaml:${expected}`]);
  });
});

describe('outputs', () => {
  const output = (text: string, more = 'keys: { adm: "${ki}" }\n') =>
    `${BASE}${more}outputs: { server: { ${text} } }\n`;
  test.each([
    [
      'a secret in clear',
      'columns: [iccid, ki]',
      '6:39: outputs.server.columns[1]: ki would be shown: give the output a transportKey, or say clear: true for this column',
    ],
    [
      'a secret within a text',
      'columns: [{ header: x, value: "k=${ki}" }]',
      '6:32: outputs.server.columns[0]: ki would be shown: give the output a transportKey, or say clear: true for this column',
    ],
    [
      'a field that is not there',
      'columns: [iccit]',
      '6:32: outputs.server.columns[0]: no column or drawn value is named iccit; did you mean iccid?',
    ],
    [
      'a value without a header',
      'columns: [{ value: x }]',
      '6:32: outputs.server.columns[0]: header is missing',
    ],
    [
      'a field and a value',
      'columns: [{ field: iccid, value: x }]',
      '6:32: outputs.server.columns[0]: a column has either a field or a value',
    ],
    [
      'two columns with one header',
      'columns: [iccid, iccid]',
      '6:39: outputs.server.columns[1]: two columns have the header iccid',
    ],
    [
      'a transport key that is not declared',
      'transportKey: tk, columns: [iccid]',
      '6:22: outputs.server.transportKey: transport key tk is not in records.transportKeys',
    ],
    [
      'encrypted without a key',
      'columns: [iccid, { field: imsi, encrypted: true }]',
      '6:39: outputs.server.columns[1]: an encrypted column needs the transportKey of its output',
    ],
    [
      'a box of something else',
      'boxSize: 5, columns: [iccid]',
      '6:22: outputs.server.boxSize: only a box file has boxes',
    ],
    [
      'a field in the name of a file',
      'file: "${iccid}.csv", columns: [iccid]',
      '6:22: outputs.server.file: no column or drawn value is named iccid; there are batch, station, date',
    ],
  ])('%s', async (_, text, expected) => {
    expect(await mistakesOf(output(text))).toEqual([`job.yaml:${expected}`]);
  });

  test('an encrypted column needs a clear one that names its row', async () => {
    const text = BASE.replace('records: {', 'records: { transportKeys: tk,');
    expect(
      await mistakesOf(
        `${text}draw: { p: 4 digits }\noutputs: { server: { transportKey: tk, columns: [imsi, p] } }\n`,
      ),
    ).toEqual([
      'job.yaml:6:40: outputs.server.columns: encrypted columns belong to their row: a clear column account, iccid, devid is missing',
    ]);
  });

  test('what is drawn is secret', async () => {
    expect(
      await mistakesOf(output('columns: [{ field: p, clear: true }]', 'secrets: { p: 4 digits }\n')),
    ).toEqual([expect.stringContaining('does not leave it')]);
    expect(await mistakesOf(output('columns: [p]', 'draw: { p: 4 digits }\n'))).toHaveLength(1);
    expect(
      await mistakesOf(output('columns: [{ field: p, clear: true }]', 'draw: { p: 4 digits }\n')),
    ).toEqual([]);
  });

  test('a kind that nobody told', async () => {
    expect(await mistakesOf(`${BASE}outputs: { letters: { columns: [iccid] } }\n`)).toEqual([
      'job.yaml:5:12: outputs.letters.kind: kind is missing: one of server, laser, box',
    ]);
  });

  test('two outputs in one file', async () => {
    const text = `${BASE}outputs: { box: { columns: [iccid] }, laser: { file: "\${batch}-box.csv", columns: [iccid] } }\n`;
    expect(await mistakesOf(text)).toEqual([
      'job.yaml:5:48: outputs.laser.file: output box is written to the same file',
    ]);
  });
});

describe('a bootstrap description', () => {
  const job = `${HEAD}${COLUMNS}steps:\n  - bootstrap: b.yaml\n`;
  const account = (text: string) => ({
    'b.yaml': `accounts:\n  - srvId: a\n    srvUri: https://a/\n    name: A\n    ${text}\n`,
  });
  test.each([
    ['an unknown entry', 'nam: x', '5:5: accounts[0].nam: there is no such entry here'],
    [
      'an unknown field',
      'miid: "${x}"',
      '5:5: accounts[0].miid: no column or drawn value is named x; there are iccid, imsi, ki, note',
    ],
    [
      'a contradiction',
      'trsp: { psk: { identity: a, key: "@a" }, x509: { certificate: a, privateKey: "@a" } }',
      '5:46: accounts[0].trsp.x509: psk and x509 exclude each other',
    ],
    [
      'a text field for octets',
      'noti: { secret: { hex: "${note}" } }',
      '5:23: accounts[0].noti.secret.hex: note is of type text: octets come of a column of type hex, or of drawn octets',
    ],
    [
      'a secret of the environment',
      'noti: { secret: env:KEY }',
      '5:13: accounts[0].noti.secret: a job takes secrets of fields and files: {hex: "${field}"} or "@file"',
    ],
    [
      'a file for each record',
      'noti: { secret: "@${iccid}.key" }',
      '5:13: accounts[0].noti.secret: a file is the same for every record: no fields in its name',
    ],
    [
      'a file that is not there',
      'noti: { secret: "@a.key" }',
      '5:13: accounts[0].noti.secret: file a.key cannot be read',
    ],
    ['a tab', '\tx: 1', '5:5: '],
  ])('%s', async (_, text, expected) => {
    const [first] = await mistakesOf(job, account(text));
    expect(first?.slice(0, expected.length + 7)).toBe(`b.yaml:${expected}`);
  });

  test('inline, at its place in the job', async () => {
    expect(await mistakesOf(`${HEAD}${COLUMNS}steps:\n  - bootstrap: { account: [] }\n`)).toEqual([
      'job.yaml:5:18: steps[0].bootstrap.account: there is no such entry here',
    ]);
  });

  test('not UTF-8, too long: said of the file that it is', async () => {
    const long = `# ${'x'.repeat(300_000)}`;
    expect(await mistakesOf(job, { 'b.yaml': long })).toEqual([
      'job.yaml:5:5: steps[0].bootstrap: b.yaml: the description has 300002 octets, more than 262144',
    ]);
  });
});

describe('jobs that nobody should read to their end', () => {
  test.each([
    ['too long', `# ${'x'.repeat(300_000)}`, /job.yaml has 300002 octets/],
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefghij'.replace(/./g, (name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index as number]}`)}]\n`)}`,
      /aliases multiply/,
    ],
    ['brackets', '['.repeat(100_000), /nests too deeply/],
  ])('%s', async (_, text, message) => {
    await expect(parse(text)).rejects.toThrow(message);
  });

  test('values of the file are not quoted: they may be keys', async () => {
    const secret = 'DEADBEEF01234567';
    const wrong = [
      `${BASE}keys: { adm: { value: [${secret}] } }\n`,
      `${HEAD}${COLUMNS}steps: [{ imsi: ${secret} }, { file: 3F00/2F05, value: ${secret}0 }, { apdu: ${secret}X }]\n`,
      `${BASE}hooks: { get: "${secret}\n`,
    ];
    for (const text of wrong) {
      const told = await mistakesOf(text);
      expect(told.length).toBeGreaterThan(0);
      expect(told.join('\n')).not.toContain(secret);
    }
  });

  test('names that objects have anyway mean nothing', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty'];
    for (const name of names) {
      const text = SMALL.replace('  - imsi: "${imsi}"', `  - spn: "\${${name}}"`);
      expect(await mistakesOf(text)).toHaveLength(1);
      await parse(text.replace('columns:', `columns:\n    ${name}: text`));
    }
    expect(await mistakesOf(`${SMALL}__proto__: { name: x }\n`)).toHaveLength(1);
  });
});
