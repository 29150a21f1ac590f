/**
 * Tests run on the TypeScript sources; swc strips the types (`npm run typecheck` checks them). Suites that need the
 * real reader service are named `*.pcsc.test.ts` and run with `jest --config jest.pcsc.config.mjs`, those with much
 * damaged input `*.fuzz.test.ts` (`jest.fuzz.config.mjs`).
 */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.(pcsc|fuzz)\\.test\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  testTimeout: 20_000,
  maxWorkers: 2,
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.(ts|mjs|js)$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(asn1js|pkijs|@noble|@peculiar|bytestreamjs|pvutils|pvtsutils)/)',
  ],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
