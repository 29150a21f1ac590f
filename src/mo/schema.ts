/** JSON Schema of `application/dmmo+json` (DM 2.0 §7.2.1.4). `docs/schema/dmmo.schema.json` is this object. */
export const DMMO_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Serialized management objects (application/dmmo+json, DM 2.0 §7.2.1.4)',
  type: 'array',
  items: {
    type: 'object',
    properties: {
      DDF: { type: 'string', description: 'URL of the device description (DDF) of this MO' },
      ClientURI: { type: 'string', description: 'MOID//, MOID/MIID/ or MOID/MIID/path' },
      CV: { type: 'string', description: 'Cache validator (DM 2.0 §11)' },
      MOData: { type: 'object', description: 'The addressed node: its name (or MIID) and its content' },
    },
    required: ['ClientURI', 'MOData'],
  },
} as const;
