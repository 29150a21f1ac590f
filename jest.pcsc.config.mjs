/** Suites over the real reader service: `*.pcsc.test.ts`, one after the other, because they share one daemon. */
import config from './jest.config.mjs';

export default {
  ...config,
  testMatch: ['<rootDir>/tests/**/*.pcsc.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 60_000,
};
