/** 100,000 damaged profiles: a card, or a typed error. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, loadProfile } from '../../src/simulator/index.js';
import { fuzz } from '../support/fuzz.js';
import { SMALL_PROFILE } from './small-profile.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-damage-'));
afterAll(() => rmSync(directory, { recursive: true }));

const profile = join(directory, 'card.yaml');

test('100,000 damaged profiles', () => {
  const { accepted, refused } = fuzz(
    (bytes) => {
      writeFileSync(profile, bytes);
      createSimulatedCard({ profile: loadProfile(profile) });
    },
    [Buffer.from(SMALL_PROFILE)],
  );
  expect(accepted + refused).toBe(100_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(1000);
});
