/** Imports run one way (docs/architecture.md). Each room lists the rooms it may see; anything else is an error. */
const MAY_SEE = {
  errors: [],
  bytes: ['errors'],
  crypto: ['errors', 'bytes'],
  apdu: ['errors', 'bytes'],
  transport: ['errors', 'bytes', 'apdu'],
  card: ['errors', 'bytes', 'apdu', 'transport'],
  globalplatform: ['errors', 'bytes', 'crypto', 'apdu', 'transport'],
  pkcs15: ['errors', 'bytes', 'apdu', 'card'],
  gba: ['errors', 'bytes', 'crypto', 'apdu', 'card'],
  mo: ['errors', 'bytes'],
  dm: ['errors', 'bytes', 'crypto', 'mo'],
  net: ['errors', 'bytes', 'crypto', 'dm'],
  store: ['errors', 'bytes', 'crypto', 'mo', 'dm', 'gba'],
  bootstrap: [
    'errors',
    'bytes',
    'crypto',
    'apdu',
    'transport',
    'card',
    'globalplatform',
    'pkcs15',
    'gba',
    'mo',
  ],
  simulator: ['errors', 'bytes', 'crypto', 'apdu'],
  readers: ['errors', 'bytes', 'apdu', 'transport', 'globalplatform', 'simulator'],
};
const rooms = Object.entries(MAY_SEE).map(([room, seen]) => ({
  name: `one-way-${room}`,
  severity: 'error',
  comment: `${room} may see: ${seen.join(', ') || 'nothing'}`,
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...seen].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...rooms,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'src-not-cli', severity: 'error', from: { path: '^src/' }, to: { path: '^(cli|tests|bench)/' } },
    {
      name: 'only-app-composes',
      severity: 'error',
      comment:
        'only app and readers (and tests) see the simulator; the index of the package names every room',
      from: { path: '^(src|cli)/', pathNot: '^src/((app|readers|simulator)/|index\\.ts$)' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'through-the-index',
      severity: 'error',
      comment: 'a room is entered through its index.ts',
      from: { path: '^(?:src|cli)/([^/]+)/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'native-only-in-transport',
      severity: 'error',
      from: { pathNot: '^src/transport/pcsc/' },
      to: { path: 'node_modules/pcsclite' },
    },
    {
      name: 'token-only-in-pkcs11',
      severity: 'error',
      from: { pathNot: '^src/crypto/pkcs11/' },
      to: { path: 'node_modules/pkcs11js' },
    },
    {
      name: 'database-only-in-store',
      severity: 'error',
      from: { pathNot: '^src/store/' },
      to: { path: 'node_modules/(kysely|pg|better-sqlite3)/' },
    },
    {
      name: 'dm-client-and-server-apart',
      severity: 'error',
      comment: 'the two cores are written from the clauses separately',
      from: { path: '^src/dm/(client|server)/' },
      to: { path: '^src/dm/(client|server)/', pathNot: '^src/dm/$1/' },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: 'pcsclite|pkcs11js|better-sqlite3|smpp|^\\.\\./dist/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
