/** SIM (2G) and UICC (3G) file systems, access rules, PINs, logical channels. */
export type * from './card.js';
