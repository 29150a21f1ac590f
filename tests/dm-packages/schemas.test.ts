/** The published schemas are those of the code, and judge what is sent: ajv reads them, not we. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { ALERT_TYPES, COMMANDS, type GenericAlert, MARKS, type WireCommand } from '../../src/dm/messages.js';
import {
  encodePackage1,
  encodePackage2,
  encodePackage3,
  JSON_FORMAT,
  STATUS,
} from '../../src/dm/packages/index.js';
import {
  ALERT_SCHEMA,
  MO_SENT_SCHEMA,
  PACKAGE1_SCHEMA,
  PACKAGE2_SCHEMA,
  PACKAGE3_SCHEMA,
} from '../../src/dm/schemas/index.js';
import { ALERTS, APPENDIX_F_COMMANDS, PACKAGE2, PACKAGE3 } from './examples.js';

const ajv = new Ajv({ strictTuples: false, strictTypes: false });
const SCHEMAS = {
  package1: PACKAGE1_SCHEMA,
  package2: PACKAGE2_SCHEMA,
  package3: PACKAGE3_SCHEMA,
  'generic-alert': ALERT_SCHEMA,
  'dmmo-sent': MO_SENT_SCHEMA,
};
const validators = Object.fromEntries(
  Object.entries(SCHEMAS).map(([name, schema]) => [name, ajv.compile(schema)]),
);

function complaints(schema: keyof typeof SCHEMAS, document: unknown): string[] {
  const validate = validators[schema]!;
  return validate(document) ? [] : validate.errors!.map((error) => `${error.instancePath} ${error.message}`);
}
const parsed = (bytes: Uint8Array): unknown => JSON.parse(decodeUtf8(bytes));

test.each(Object.entries(SCHEMAS))('docs/schema/%s.schema.json is the schema of the code', (name, schema) => {
  expect(JSON.parse(readFileSync(`docs/schema/${name}.schema.json`, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(schema)),
  );
});

describe('examples of the specification that follow it', () => {
  test('Package#2, Package#3, Generic Alerts', () => {
    expect(complaints('package2', parsed(PACKAGE2))).toEqual([]);
    expect(complaints('package2', parsed(APPENDIX_F_COMMANDS))).toEqual([]);
    expect(complaints('package3', parsed(PACKAGE3))).toEqual([]);
    expect(complaints('generic-alert', parsed(ALERTS))).toEqual([]);
  });
});

const text = fc.stringMatching(/^[a-z]{1,8}$/);
const clientUri = text.map((name) => `urn:example:${name}/${name}/`);
const serverUri = text.map((name) => `https://${name}.example/[DevID]`);
const alert: fc.Arbitrary<GenericAlert> = fc.record(
  {
    alertType: fc.constantFrom('urn:oma:at:scomo:1.0:OperationComplete', ALERT_TYPES.bootstrapComplete),
    sourceUri: clientUri,
    targetUri: clientUri,
    mark: fc.constantFrom(...MARKS),
  },
  { requiredKeys: ['alertType'] },
);
const withData = fc
  .tuple(alert, fc.dictionary(text, fc.integer()))
  .map(([one, data]) => ({ ...one, dataType: 'application/json', data }));
const alerts = fc.array(fc.oneof(alert, withData), { maxLength: 4 });

describe('what is written', () => {
  test('Package#1', () => {
    const mos = fc.array(
      fc.record(
        { ddf: fc.webUrl(), moid: text, miids: fc.uniqueArray(text, { maxLength: 3 }) },
        { requiredKeys: ['moid', 'miids'] },
      ),
    );
    fc.assert(
      fc.property(alerts, fc.option(mos, { nil: undefined }), (given, list) => {
        const all = [{ alertType: ALERT_TYPES.clientInitiated }, ...given];
        const bytes = encodePackage1({ ...(list === undefined ? {} : { mos: list }), alerts: all });
        expect(complaints('package1', parsed(bytes))).toEqual([]);
      }),
    );
  });

  test('Package#2 with each of the twelve commands', () => {
    const parameters: Record<(typeof COMMANDS)[number], fc.Arbitrary<string[]>> = {
      HGET: fc.oneof(fc.tuple(serverUri), fc.tuple(serverUri, clientUri)),
      HPUT: fc.tuple(serverUri, clientUri, clientUri),
      HPOST: fc.tuple(serverUri, clientUri),
      DELETE: fc.tuple(clientUri),
      EXEC: fc.oneof(fc.tuple(clientUri), fc.tuple(clientUri, serverUri)),
      GET: fc.tuple(clientUri),
      SHOW: fc.tuple(serverUri),
      CONT: fc.tuple(serverUri),
      END: fc.constant([]),
      DEFAULT: fc.tuple(serverUri, text),
      SUB: fc.tuple(serverUri, clientUri),
      UNSUB: fc.tuple(clientUri),
    };
    for (const name of COMMANDS) {
      fc.assert(
        fc.property(parameters[name], (values) => {
          const command: WireCommand = [name, ...values];
          expect(complaints('package2', parsed(encodePackage2({ commands: [command] })))).toEqual([]);
          // One parameter more, or of another kind, is told.
          if (name !== 'HPUT' && name !== 'HPOST') {
            expect(complaints('package2', { CMD: [[...command, 'urn:x//', 'y']] })).not.toEqual([]);
          }
          if (values.length > 0) expect(complaints('package2', { CMD: [[name, '']] })).not.toEqual([]);
        }),
        { numRuns: 10 },
      );
    }
  });

  test('Package#3', () => {
    const status = fc.record(
      {
        sc: fc.oneof(
          fc.constantFrom(...STATUS.map(({ code }) => code)),
          fc.integer({ min: 1000, max: 1999 }),
        ),
        uris: fc.array(clientUri, { minLength: 1 }),
      },
      { requiredKeys: ['sc'] },
    );
    fc.assert(
      fc.property(fc.array(status), alerts, (statuses, given) => {
        expect(complaints('package3', parsed(encodePackage3({ statuses, alerts: given })))).toEqual([]);
      }),
    );
  });

  test('management objects', () => {
    const bytes = JSON_FORMAT.encodeMos([
      { ddf: 'https://example/a.ddf', clientUri: 'urn:example:mo/a/', cv: '1', moData: { a: { b: 1 } } },
      { clientUri: 'urn:example:mo/a/b', moData: { b: 1 } },
    ]);
    expect(complaints('dmmo-sent', parsed(bytes))).toEqual([]);
  });
});

test.each<[string, keyof typeof SCHEMAS, unknown]>([
  ['a bare status', 'package3', { Status: [200] }],
  ['a status that Appendix C does not have', 'package3', { Status: [{ sc: 201 }] }],
  ['a status with another member', 'package3', { Status: [{ sc: 200, Data: 1 }] }],
  ['an empty Alert array', 'package3', { Status: [], Alert: [] }],
  ['no origin of the session', 'package1', { Alert: [{ AlertType: 'x' }] }],
  ['no alert', 'package1', {}],
  [
    'an MO without MIIDs',
    'package1',
    { MOS: [{ MOID: 'm' }], Alert: [{ AlertType: ALERT_TYPES.clientInitiated }] },
  ],
  ['nested alerts', 'generic-alert', { Alert: { Alert: [{ AlertType: 'x' }] } }],
  ['data that is no object', 'generic-alert', { Alert: [{ AlertType: 'x', DataType: 'y', Data: 1 }] }],
  ['data without type', 'generic-alert', { Alert: [{ AlertType: 'x', Data: {} }] }],
  ['another mark', 'generic-alert', { Alert: [{ AlertType: 'x', Mark: 'severe' }] }],
  ['a command of another name', 'package2', { CMD: [['POST', 'https://x/']] }],
  ['a bare object', 'dmmo-sent', { ClientURI: 'urn:x//', MOData: { a: 1 } }],
  ['two nodes', 'dmmo-sent', [{ ClientURI: 'urn:x//', MOData: { a: 1, b: 2 } }]],
])('%s does not pass', (_, schema, document) => {
  expect(complaints(schema, document)).not.toEqual([]);
});
