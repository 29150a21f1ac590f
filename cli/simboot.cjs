#!/usr/bin/env node
// A CommonJS launcher, because the size of the thread pool must be set before an ES module program starts it.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`simboot needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  console.error('Install a current Node (https://nodejs.org) and run the command again.');
  process.exit(1);
}

// Each exchange over PC/SC occupies one thread: 32 readers at once, and 4 for files and name look-ups.
if (!process.env.UV_THREADPOOL_SIZE) process.env.UV_THREADPOOL_SIZE = '36';

const main = join(__dirname, '..', 'dist', 'cli', 'main.js');
if (existsSync(main)) {
  import('../dist/cli/main.js').then((program) => program.main());
} else {
  console.error('simboot is not built: dist/cli/main.js is missing.');
  console.error(
    'Run `npm start` (installs, builds, shows the demo) or `npm run build` in the project directory.',
  );
  process.exit(1);
}
