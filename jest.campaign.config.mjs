/** Full campaigns (`npm run campaign`): long, over the built program, and written down in docs/campaign.md. */
import base from './jest.config.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/tests/campaign/*.campaign.ts'],
  testTimeout: 4 * 60 * 60_000,
  maxWorkers: 1,
};
