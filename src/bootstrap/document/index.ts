/** The bootstrap document: made from a description, read, judged, shown. */
export {
  type CertificateInfo,
  type CertificateKey,
  parseCertificate,
  readCertificateFile,
} from './certificate.js';
export { type CreatedBootstrap, createBootstrap } from './create.js';
export type {
  AccountDescription,
  BootstrapDescription,
  ObjectDescription,
  PskDescription,
  SecurityDescription,
  X509Description,
} from './description.js';
export { type ReferenceReader, readDescription } from './description-file.js';
export { descriptionJsonSchema } from './description-schema.js';
export { descriptionMistakes } from './description-text.js';
export {
  type BootstrapDocument,
  type ParsedBootstrap,
  type ParseOptions,
  parseBootstrap,
  validateBootstrap,
} from './document.js';
export { readPrivateKeyFile } from './private-key.js';
export { type RedactOptions, redactBootstrap, type ShownMo } from './redact.js';
export { summarizeBootstrap } from './summary.js';
