/** EF(DIR), EF(ODF), EF(DODF), EF(AODF), EF(TokenInfo): strict writer, lenient reader. */
export * from './types.js';
