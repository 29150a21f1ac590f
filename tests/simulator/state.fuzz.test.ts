/** 100,000 damaged state files: a card, or a typed error. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, loadProfile } from '../../src/simulator/index.js';
import { fuzz } from '../support/fuzz.js';
import { SMALL_PROFILE } from './small-profile.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-damage-'));
afterAll(() => rmSync(directory, { recursive: true }));

const profile = join(directory, 'card.yaml');
const state = join(directory, 'card.json');

test('100,000 damaged state files', async () => {
  writeFileSync(profile, SMALL_PROFILE);
  const plain = loadProfile(profile);
  const card = createSimulatedCard({ profile: plain, state });
  await card.powerOn();
  const image = JSON.stringify({ ...card.snapshot(), profile: plain.name });
  const { accepted, refused } = fuzz(
    (bytes) => {
      writeFileSync(state, bytes);
      createSimulatedCard({ profile: plain, state });
    },
    [Buffer.from(image)],
  );
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(30_000);
});
