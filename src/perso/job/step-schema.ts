/** The steps of a job file: each has one entry that says what it is. */
import { z } from 'zod';
import {
  aid,
  efPath,
  entries,
  filled,
  flag,
  octet,
  oneOrMore,
  status,
  template,
  text,
  whole,
  word,
} from './scalars.js';

const FILE_CODECS = ['iccid', 'imsi', 'spn', 'acc', 'plmn', 'plmn-act', 'smsp', 'raw'] as const;

/**
 * EFs that have a short form, by the name of the standard: where they are (TS 102 221 §13.2, TS 31.102 §4.2), and on a
 * SIM (TS 51.011 §10); what they hold.
 */
export const KNOWN_FILES = {
  iccid: { usim: '3F00/2FE2', sim: '3F00/2FE2', codec: 'iccid' },
  imsi: { usim: 'ADF_USIM/6F07', sim: '3F00/7F20/6F07', codec: 'imsi' },
  spn: { usim: 'ADF_USIM/6F46', sim: '3F00/7F20/6F46', codec: 'spn' },
  acc: { usim: 'ADF_USIM/6F78', sim: '3F00/7F20/6F78', codec: 'acc' },
  plmnwact: { usim: 'ADF_USIM/6F60', sim: '3F00/7F20/6F60', codec: 'plmn-act' },
  oplmnwact: { usim: 'ADF_USIM/6F61', sim: '3F00/7F20/6F61', codec: 'plmn-act' },
  hplmnwact: { usim: 'ADF_USIM/6F62', sim: '3F00/7F20/6F62', codec: 'plmn-act' },
  plmnsel: { usim: '3F00/7F20/6F30', sim: '3F00/7F20/6F30', codec: 'plmn' },
  fplmn: { usim: 'ADF_USIM/6F7B', sim: '3F00/7F20/6F7B', codec: 'plmn' },
  smsp: { usim: 'ADF_USIM/6F42', sim: '3F00/7F10/6F42', codec: 'smsp' },
} as const;
export type KnownFile = keyof typeof KNOWN_FILES;
export const KNOWN_FILE_NAMES = Object.keys(KNOWN_FILES) as [KnownFile, ...KnownFile[]];

const named = { name: filled().max(64, 'at most 64 characters').optional().describe('Unique in the job') };
const value = z.json().describe('What the codec takes (docs/job.md); texts are templates');
const record = whole(1, 254).optional().describe('Record of a record file; 1 unless given');

const bootstrap = entries({
  ...named,
  bootstrap: z.union([filled(), z.record(z.string(), z.json())], {
    error: 'the file of a bootstrap description, or its entries, is required here',
  }),
  label: text()
    .max(255, 'at most 255 characters')
    .optional()
    .describe('Label of the data object in EF(DODF)'),
});

const file = entries({
  ...named,
  file: efPath(),
  codec: word(FILE_CODECS).optional().describe('By the place of the file unless given; raw for any other'),
  value,
  record,
  offset: whole(0, 32767).optional(),
  writeOnly: flag().optional().describe('The card does not give it back'),
});

const known = (name: KnownFile) =>
  entries({ ...named, [name]: value, path: efPath().optional(), record } as {
    name: (typeof named)['name'];
    path: z.ZodOptional<ReturnType<typeof efPath>>;
    record: typeof record;
  } & Partial<Record<KnownFile, typeof value>>);

const pin = entries({
  ...named,
  pin: octet().describe('Key reference: 01 PIN1, 81 PIN2, 0A ADM1'),
  current: template().optional().describe('What the card has now; of keys.pin or keys.adm unless given'),
  value: template(),
  enabled: flag().optional(),
});

const NEXT_KEY_LENGTHS = [16, 24, 32] as const;
const rotateKeys = entries({
  ...named,
  rotateKeys: entries({
    aid: aid().optional(),
    keyVersion: octet().describe('Version of the new key set'),
    next: z
      .union(
        [
          z.literal('drawn'),
          entries({ drawn: z.literal([...NEXT_KEY_LENGTHS]) }),
          entries({ keySet: filled(), method: word(['kdf3', 'visa2', 'emv']) }),
        ],
        { error: 'drawn, {drawn: 16, 24 or 32} or {keySet, method} is required here' },
      )
      .optional()
      .describe('Where the new keys come from; 16 drawn octets each unless given'),
  }),
});

const command = z.union(
  [
    template(),
    entries({ command: template(), status: oneOrMore(status()).optional(), response: template().optional() }),
  ],
  { error: 'hexadecimal digits, or {command, status, response}, are required here' },
);
const apdu = entries({
  ...named,
  apdu: oneOrMore(command),
  verify: oneOrMore(command).optional().describe('Commands that read back what was done'),
  repeatable: flag().optional().describe('Does no harm when it is run again; false unless given'),
});

/** In the order of the options of the schema. */
export const STEP_KINDS = ['bootstrap', 'file', 'pin', 'rotateKeys', 'apdu', ...KNOWN_FILE_NAMES] as const;

export const STEP_SCHEMA = z.union([bootstrap, file, pin, rotateKeys, apdu, ...KNOWN_FILE_NAMES.map(known)]);

export type BootstrapText = z.infer<typeof bootstrap>;
export type FileText = z.infer<typeof file>;
export type PinText = z.infer<typeof pin>;
export type RotateKeysText = z.infer<typeof rotateKeys>;
export type ApduText = z.infer<typeof apdu>;
export type CommandText = z.infer<typeof command>;
export type KnownFileText = z.infer<ReturnType<typeof known>>;
