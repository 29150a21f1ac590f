/** Quality control of finished cards. */
export { type AuditOptions, type AuditOutcome, auditCard, type CardAudit } from './audit.js';
export { type AuditProtocol, protocolHtml, protocolOf } from './protocol.js';
export { drawSample } from './sample.js';
