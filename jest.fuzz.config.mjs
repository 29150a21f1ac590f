/** Suites of `*.fuzz.test.ts`: 100,000 damaged inputs to decoders that take long for each. They run once, by themselves. */
import config from './jest.config.mjs';

export default {
  ...config,
  testMatch: ['<rootDir>/tests/**/*.fuzz.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
