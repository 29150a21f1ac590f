/** JSON Schema of the Generic Alerts that simboot sends (DM 2.0 §5.4, §7.2.1.5). */
import { MARKS } from '../messages.js';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** One alert. */
export const ALERT_ITEM = {
  type: 'object',
  properties: {
    AlertType: { type: 'string', minLength: 1 },
    SourceURI: { type: 'string', description: 'ClientURI of the node that the alert is about', minLength: 1 },
    TargetURI: { type: 'string', description: 'ClientURI', minLength: 1 },
    Mark: { enum: MARKS, description: 'informational where it is absent' },
    DataType: { type: 'string', description: 'What Data is', minLength: 1 },
    Data: { type: 'object' },
  },
  required: ['AlertType'],
  dependencies: { Data: ['DataType'] },
  additionalProperties: false,
} as const;

/** JSON Schema (draft 7) of an object with the member `Alert`. Published as docs/schema/generic-alert.schema.json. */
export const ALERT_SCHEMA = {
  $schema: DRAFT,
  title: 'Generic Alerts as simboot sends them (DM 2.0 §5.4, §7.2.1.5)',
  type: 'object',
  properties: { Alert: { type: 'array', items: ALERT_ITEM, minItems: 1 } },
  required: ['Alert'],
  additionalProperties: false,
} as const;
