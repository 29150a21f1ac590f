/** 100,000 damaged profiles: a card, or a typed error. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, loadProfile } from '../../src/simulator/index.js';
import { fuzz } from '../support/fuzz.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-damage-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Small, so that most damage hits something that counts. */
const PROFILE = `description: small
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
const profile = join(directory, 'card.yaml');

test('100,000 damaged profiles', () => {
  const { accepted, refused } = fuzz(
    (bytes) => {
      writeFileSync(profile, bytes);
      createSimulatedCard({ profile: loadProfile(profile) });
    },
    [Buffer.from(PROFILE)],
  );
  expect(accepted + refused).toBe(100_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(1000);
});
