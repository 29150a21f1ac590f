/** The rooms by name. Each is also a subpath of the package: `simboot/card`, `simboot/pkcs15`, … */
export * as apdu from './apdu/index.js';
export * as bootstrap from './bootstrap/index.js';
export * as bytes from './bytes/index.js';
export * as card from './card/index.js';
export * as crypto from './crypto/index.js';
export * as dm from './dm/index.js';
export * as errors from './errors/index.js';
export * as gba from './gba/index.js';
export * as globalplatform from './globalplatform/index.js';
export * as mo from './mo/index.js';
export * as net from './net/index.js';
export * as perso from './perso/index.js';
export * as pkcs15 from './pkcs15/index.js';
export * as simulator from './simulator/index.js';
export * as store from './store/index.js';
export * as transport from './transport/index.js';
export * as yaml from './yaml/index.js';
