/** A profile of a few lines, for damage. */

/** Small, so that most damage hits something that counts. */
export const SMALL_PROFILE = `description: small
kind: uicc
protocol: T=1
modes: [3g]
atr: 3B800181
security: compact
pins:
  PIN1: { reference: 01, value: "1234" }
rules:
  open: { read: always, update: PIN1 }
root:
  rule: open
  files:
    2FE2: { rule: open, iccid: "8988211000000001001" }
    2F00: { rule: open, recordLength: 20, recordCount: 1, records: [61024F00] }
`;
