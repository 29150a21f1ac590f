/** No vector may lie unread: every kind of case is one that a test of crypto or globalplatform walks. */
import { SCP03_CASES } from './vectors.js';

const WALKED = [
  ...['kdf', 'kdf_raw_kcv', 'kdf3', 'kdf3_kcv', 'session_kcv', 'pad80'], // tests/crypto
  ...['session', 'derive', 'hsmauth', 'c_enc', 'r_enc', 'c_mac_raw', 'r_mac_raw'], // tests/globalplatform
];

test('every kind of case in scp03.json is walked', () => {
  expect([...new Set(SCP03_CASES.map((one) => one.kind))].sort()).toEqual([...WALKED].sort());
  expect(SCP03_CASES).toHaveLength(64);
});
