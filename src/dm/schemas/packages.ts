/** JSON Schemas of the packages and management objects that simboot sends: stricter than what it accepts. */
import { ALERT_TYPES } from '../messages.js';
import { STATUS } from '../packages/index.js';
import { ALERT_ITEM } from './alert.js';

const DRAFT = 'http://json-schema.org/draft-07/schema#';
const TEXT = { type: 'string', minLength: 1 } as const;
const MOID = { ...TEXT, description: 'The identifier of a kind of management object' } as const;

/** JSON Schema (draft 7) of Package#1 (DM 2.0 §5.2.2, §7.2.1.1). Published as docs/schema/package1.schema.json. */
export const PACKAGE1_SCHEMA = {
  $schema: DRAFT,
  title: 'Package#1 as simboot sends it (DM 2.0 §5.2.2, §7.2.1.1)',
  type: 'object',
  properties: {
    MOS: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          DDF: { ...TEXT, description: 'URL of the DDF file' },
          MOID,
          MIID: { type: 'array', items: TEXT, uniqueItems: true },
        },
        required: ['MOID', 'MIID'],
        additionalProperties: false,
      },
    },
    Alert: {
      type: 'array',
      description: 'One of them tells why the session starts',
      items: ALERT_ITEM,
      contains: { properties: { AlertType: { enum: Object.values(ALERT_TYPES) } } },
    },
  },
  required: ['Alert'],
  additionalProperties: false,
} as const;

/** A ServerURI as commands carry it: parameters in brackets may still be in it (§6.2). */
const SERVER_URI = { type: 'string', pattern: '^https?://' } as const;
const CLIENT_URI = { type: 'string', pattern: '^[^/?]+/' } as const;

function command(
  name: string,
  parameters: readonly object[],
  options: { optional?: number; more?: object } = {},
) {
  const length = 1 + parameters.length;
  return {
    type: 'array',
    items: [{ const: name }, ...parameters],
    minItems: length - (options.optional ?? 0),
    additionalItems: options.more ?? false,
    ...(options.more === undefined ? { maxItems: length } : {}),
  };
}

/** JSON Schema (draft 7) of Package#2 (DM 2.0 §5.3, §7.2.1.2). Published as docs/schema/package2.schema.json. */
export const PACKAGE2_SCHEMA = {
  $schema: DRAFT,
  title: 'Package#2 as simboot sends it (DM 2.0 §5.3, §7.2.1.2)',
  type: 'object',
  properties: {
    CMD: {
      type: 'array',
      items: {
        oneOf: [
          command('HGET', [SERVER_URI, CLIENT_URI], { optional: 1 }),
          command('HPUT', [SERVER_URI, CLIENT_URI], { more: CLIENT_URI }),
          command('HPOST', [SERVER_URI, CLIENT_URI], { more: CLIENT_URI }),
          command('DELETE', [CLIENT_URI]),
          command('EXEC', [CLIENT_URI, SERVER_URI], { optional: 1 }),
          command('GET', [CLIENT_URI]),
          command('SHOW', [SERVER_URI]),
          command('CONT', [SERVER_URI]),
          command('END', []),
          command('DEFAULT', [SERVER_URI, MOID]),
          command('SUB', [SERVER_URI, CLIENT_URI]),
          command('UNSUB', [CLIENT_URI]),
        ],
      },
    },
  },
  required: ['CMD'],
  additionalProperties: false,
} as const;

/** JSON Schema (draft 7) of Package#3 (DM 2.0 §5.2.4, §7.2.1.3). Published as docs/schema/package3.schema.json. */
export const PACKAGE3_SCHEMA = {
  $schema: DRAFT,
  title: 'Package#3 as simboot sends it (DM 2.0 §5.2.4, §7.2.1.3, Appendix C)',
  type: 'object',
  properties: {
    Status: {
      type: 'array',
      description: 'One for each command, in their order',
      items: {
        type: 'object',
        properties: {
          sc: {
            anyOf: [
              { enum: STATUS.map(({ code }) => code) },
              { type: 'integer', minimum: 1000, maximum: 1999 },
            ],
          },
          URI: { type: 'array', items: CLIENT_URI, minItems: 1 },
        },
        required: ['sc'],
        additionalProperties: false,
      },
    },
    Alert: { type: 'array', items: ALERT_ITEM, minItems: 1 },
  },
  required: ['Status'],
  additionalProperties: false,
} as const;

/** JSON Schema (draft 7) of `application/dmmo+json` (DM 2.0 §7.2.1.4). Published as docs/schema/dmmo-sent.schema.json. */
export const MO_SENT_SCHEMA = {
  $schema: DRAFT,
  title: 'Management objects as simboot sends them (application/dmmo+json, DM 2.0 §7.2.1.4)',
  type: 'array',
  items: {
    type: 'object',
    properties: {
      DDF: { ...TEXT, description: 'URL of the DDF file' },
      ClientURI: CLIENT_URI,
      CV: { ...TEXT, description: 'Cache validator (§11)' },
      MOData: { type: 'object', minProperties: 1, maxProperties: 1, description: 'The addressed node' },
    },
    required: ['ClientURI', 'MOData'],
    additionalProperties: false,
  },
} as const;
