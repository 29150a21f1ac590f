/** The entries of a job file; docs/job.md explains them. What they mean together is in the files beside this one. */
import { z } from 'zod';
import {
  aid,
  atr,
  dfPath,
  efPath,
  entries,
  fieldName,
  fileId,
  filled,
  flag,
  MISSING,
  octet,
  oneOrMore,
  template,
  text,
  whole,
  word,
} from './scalars.js';
import { STEP_SCHEMA } from './step-schema.js';

const JOB_FORMAT = 'job/1';

const create = entries({
  bootstrap: whole(1, 65535).optional().describe('Octets of the bootstrap file'),
  dodf: whole(1, 65535).optional().describe('Octets of EF(DODF)'),
  odf: whole(1, 65535).optional().describe('Octets of EF(ODF)'),
});

const card = entries({
  mode: word(['auto', '2g', '3g']).optional().describe('auto unless given'),
  atr: oneOrMore(atr()).optional().describe('ATRs that are expected; every one unless given'),
  identity: z
    .union([word(['cplc', 'iccid', 'none']), entries({ file: efPath() })], {
      error: 'one of cplc, iccid, none, or {file: PATH} is required here',
    })
    .optional()
    .describe('What tells two chips apart; cplc unless given'),
  simulated: filled().optional().describe('Profile of the simulated card; uicc-line unless given'),
  files: entries({
    bootstrap: fileId().optional(),
    dodf: fileId().optional(),
    application: dfPath().optional().describe('Path of the PKCS#15 application'),
    create: create.optional().describe('Creates what the card lacks'),
  })
    .optional()
    .describe('Where the bootstrap goes'),
});

const COLUMN_TYPES = ['text', 'digits', 'hex', 'iccid', 'imsi', 'eid'] as const;
const CIPHERS = ['aes-gcm', 'aes-cbc', 'aes-ecb'] as const;

const length = z.union([whole(0, 65535), entries({ min: whole(0, 65535), max: whole(0, 65535) })], {
  error: 'a length is a number, or {min, max}',
});

const column = entries({
  type: word(COLUMN_TYPES),
  header: filled().optional().describe('What the source calls it; its name unless given'),
  length: length.optional().describe('Characters of text and digits, octets of hex'),
  range: entries({ from: filled(), to: filled() })
    .optional()
    .describe('First and last, with the same number of digits'),
  prefixes: oneOrMore(text().regex(/^\d{1,19}$/, 'a prefix has decimal digits; put it in quotes')).optional(),
  pattern: filled().optional().describe('Regular expression that the whole value has to match'),
  unique: flag().optional().describe('No two records of any batch may share it; iccid, imsi and eid always'),
  optional: flag().optional(),
  secret: flag().optional().describe('Never shown; what serves as a key or PIN is, unless told'),
  transport: z
    .union(
      [
        filled(),
        entries({
          key: filled(),
          cipher: word(CIPHERS).optional(),
          iv: word(['front', 'zero'])
            .optional()
            .describe('Vector of aes-cbc; in front of the cell unless given'),
          padding: word(['none', 'iso7816', 'pkcs7'])
            .optional()
            .describe('Of aes-cbc and aes-ecb; none unless given'),
        }),
      ],
      { error: 'the name of a transport key, or {key, cipher, iv, padding}, is required here' },
    )
    .optional()
    .describe('Transport key under which the source has it; aes-gcm unless told'),
});

const records = entries({
  format: word(['csv', 'var', 'jsonl']).optional().describe('By the name of the file unless given, else csv'),
  file: filled().optional().describe('Relative to the job file; the command line may name another'),
  delimiter: text().length(1, 'one character').optional().describe(', unless given'),
  dialect: entries({
    inputColumns: filled()
      .optional()
      .describe('Starts the line that lists the input columns; "Var_In:" unless given'),
    outputColumns: filled()
      .optional()
      .describe('Starts the line that lists the output columns; "Var_Out:" unless given'),
    separator: filled().optional().describe('Between a header and its value; ":" unless given'),
    delimiter: text().length(1, 'one character').optional().describe('Between values; a space unless given'),
    quantity: filled().optional().describe('Header that tells how many records follow'),
    transportKey: filled().optional().describe('Header whose value names the transport key; 0 for none'),
  })
    .optional()
    .describe('With format var'),
  columns: z.record(
    fieldName(),
    z.union([word(COLUMN_TYPES), column], {
      error: `one of ${COLUMN_TYPES.join(', ')}, or entries, is required here`,
    }),
    { error: (issue) => (issue.input === undefined ? undefined : 'columns are given by their names') },
  ),
  transportKeys: oneOrMore(filled())
    .optional()
    .describe('Names of the keys that columns are encrypted under'),
  transportKeyChecks: z
    .record(
      filled(),
      text().regex(/^[0-9a-fA-F]{6}$/, 'a key check value has six hex digits; put it in quotes'),
    )
    .optional()
    .describe('Key check values that transport keys must have'),
});

const bind = z
  .union(
    [word(['next', 'iccid']), entries({ by: word(['next', 'iccid', 'code']), column: filled().optional() })],
    {
      error: 'next, iccid or {by, column} is required here',
    },
  )
  .describe('How a record finds its card; next unless given');

const DRAWN = 'what is drawn is given as "4 digits" or "16 octets"';
const drawn = z.union(
  [
    text().regex(/^(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-6]) (?:digits|octets)$/, DRAWN),
    entries({ digits: whole(1, 256) }),
    entries({ octets: whole(1, 256) }),
  ],
  { error: DRAWN },
);

const DIVERSIFICATIONS = ['none', 'kdf3', 'visa2', 'emv'] as const;
/** GPC Amendment D table 5-1: the bits of a level are named in hexadecimal. */
const LEVELS = ['01', '03', '11', '13', '33'] as const;

const keys = entries({
  adm: z
    .union([template(), entries({ value: template(), reference: octet().optional() })], {
      error: 'a text with fields, or {value, reference}, is required here',
    })
    .optional()
    .describe('Administrative key that is presented; reference 0A unless given'),
  pin: z
    .union([template(), entries({ value: template() })], { error: 'a text with fields is required here' })
    .optional()
    .describe('PIN1 where a rule asks for it'),
  scp03: z
    .union(
      [
        filled(),
        entries({
          keySet: filled(),
          diversification: word(DIVERSIFICATIONS).optional(),
          keyVersion: octet().optional(),
          level: z
            .union([z.literal([1, 3, 11, 13, 33]), z.enum(LEVELS)], {
              error: `one of ${LEVELS.join(', ')} is required here`,
            })
            .optional()
            .describe('Security level, hexadecimal; 33 unless given'),
          through: word(['bootstrap', 'keys']).optional(),
          aid: aid().optional(),
        }),
      ],
      { error: 'the name of a key set, or {keySet, …}, is required here' },
    )
    .optional(),
});

const checks = entries({
  authenticate: entries({ algorithm: word(['milenage', 'tuak']).optional(), k: template(), opc: template() })
    .optional()
    .describe('The card authenticates against these keys'),
  pinTries: flag().optional().describe('The tries left are full at the end; true unless given'),
});

const stop = entries({
  consecutiveFailures: whole(0, 1_000_000).optional(),
  yieldFloor: entries({ percent: whole(0, 100), after: whole(1, 1_000_000).optional() }).optional(),
  wrongAtr: whole(0, 1_000_000).optional(),
  keyMismatch: whole(0, 1_000_000).optional(),
  slotFailures: whole(0, 1_000_000).optional(),
}).describe('When the line stops by itself; 0 turns a rule off');

const timing = entries({
  stepTimeoutMs: whole(1, 3_600_000).optional(),
  contactRetries: whole(0, 100).optional(),
});

const outputColumn = z.union(
  [
    fieldName(),
    entries({
      header: filled().optional(),
      field: fieldName().optional(),
      value: template().optional(),
      encrypted: flag().optional().describe('Secret fields are, where the file has a transport key'),
      clear: flag().optional().describe('Shows a secret field as it is'),
    }),
  ],
  { error: 'the name of a field, or {header, field or value, encrypted, clear}, is required here' },
);

export const OUTPUT_KINDS = ['server', 'laser', 'box'] as const;
const output = entries({
  kind: word(OUTPUT_KINDS).optional().describe('The same as the name unless given'),
  file: filled().optional().describe('With ${batch}, ${station}, ${date} and, for boxes, ${box}'),
  format: word(['csv', 'var', 'jsonl']).optional(),
  delimiter: text().length(1, 'one character').optional(),
  columns: z.array(outputColumn).min(1, 'at least one column'),
  transportKey: filled().optional().describe('Transport key of encrypted columns'),
  boxSize: whole(1, 1_000_000).optional().describe('Cards in a box'),
});

const hooks = entries({
  get: filled().optional(),
  good: filled().optional(),
  bad: filled().optional(),
}).describe('Commands of a handler machine');

export const JOB_SCHEMA = entries({
  simboot: z.literal(JOB_FORMAT, {
    error: (issue) => (issue.input === undefined ? MISSING : `this version of simboot reads ${JOB_FORMAT}`),
  }),
  name: filled().regex(
    /^[\w.-]{1,64}$/,
    'a name has up to 64 letters, digits, dots, hyphens and underscores',
  ),
  version: filled().optional().describe('Any text; 1 unless given'),
  description: text().optional().describe('For people'),
  card: card.optional(),
  records,
  bind: bind.optional(),
  draw: z.record(fieldName(), drawn).optional().describe('Values drawn once per record'),
  secrets: z
    .record(fieldName(), drawn)
    .optional()
    .describe(
      'Secrets of the line by name, the same for all cards, with their forms; their values are given to the program',
    ),
  keys: keys.optional(),
  steps: z.array(STEP_SCHEMA).min(1, 'at least one step').max(256, 'at most 256 steps'),
  checks: checks.optional(),
  stop: stop.optional(),
  timing: timing.optional(),
  outputs: z.record(fieldName(), output).optional().describe('Files that come out, by name'),
  hooks: hooks.optional(),
}).describe('simboot job');

export type JobText = z.infer<typeof JOB_SCHEMA>;
export type ColumnText = z.infer<typeof column>;
export type OutputText = z.infer<typeof output>;

/**
 * The entries of a job file as JSON Schema, for editors: docs/schema/job.schema.json.
 *
 * @example 'steps' in (jobJsonSchema() as { properties: object }).properties // → true
 */
export function jobJsonSchema(): object {
  return z.toJSONSchema(JOB_SCHEMA);
}
