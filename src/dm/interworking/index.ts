/** What comes from devices of DM 1.x (DM 2.0 §13). */
export { alertsFromDm1, type Dm1AlertOptions } from './alert.js';
export type { XmlLimits } from './xml.js';
