/** What EFs of SIM and USIM hold: TS 102 221 §13, TS 31.102 §4.2, TS 51.011 §10. */
export { type AccessClasses, EF_ACC } from './acc.js';
export type { EfCodec } from './ef-codec.js';
export { type CompiledFile, compileFile, EF_CODECS } from './file-value.js';
export { EF_ICCID, EF_IMSI } from './numbers.js';
export { type AccessTechnology, EF_PLMN, EF_PLMN_ACT, type Plmn, type PlmnWithAccess } from './plmn.js';
export { EF_SMSP, type Smsp } from './smsp.js';
export { EF_SPN, type Spn } from './spn.js';
