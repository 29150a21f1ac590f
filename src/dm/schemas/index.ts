/** JSON Schemas of what simboot sends, written from the clauses; `docs/schema` holds the same as files. */
export { ALERT_SCHEMA } from './alert.js';
export { MO_SENT_SCHEMA, PACKAGE1_SCHEMA, PACKAGE2_SCHEMA, PACKAGE3_SCHEMA } from './packages.js';
