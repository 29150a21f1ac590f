/** Writes docs/errors.md from the error catalogue in `dist`, and docs/ddf from the MO definitions. With `--check` it only compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

const KINDS = [
  [
    'Usage',
    'USAGE_ERRORS',
    2,
    'Mistakes on the command line, in a file that it names, or in a call of the library.',
  ],
  ['Data', 'DATA_ERRORS', 2, 'Bytes or documents that do not follow their format.'],
  ['Reader', 'READER_ERRORS', 3, 'The reader, its service, or the contact to the card.'],
  ['Card', 'CARD_ERRORS', 3, 'The card answers, but not with what the operation needs.'],
  ['Network', 'NETWORK_ERRORS', 3, 'The way to another machine: its name, the connection, TLS, HTTP.'],
  ['Security', 'SECURITY_ERRORS', 4, 'Keys, PINs, access rules and secure channels.'],
  ['Verification', 'VERIFICATION_ERRORS', 6, 'A verification that ran to its end and found differences.'],
];

const catalogue = await import('../dist/src/errors/index.js');
const { MO_DEFINITIONS, writeDdf } = await import('../dist/src/mo/index.js');
const files = {
  'docs/errors.md': render(),
  ...Object.fromEntries(
    MO_DEFINITIONS.map((each) => [`docs/ddf/${each.name.toLowerCase()}.xml`, writeDdf([each])]),
  ),
};
for (const [name, text] of Object.entries(files)) {
  const file = join(root, name);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what src says: run \`npm run docs\`.`);
    process.exit(1);
  }
}

function render() {
  const sections = KINDS.map(([title, name, exit, about]) => {
    const rows = Object.entries(catalogue[name]).map(
      ([code, { meaning, next }]) => `| \`${code}\` | ${meaning} | ${next} |`,
    );
    const table = ['| Code | Meaning | What to do |', '|---|---|---|', ...rows].join('\n');
    return `## ${title}: exit code ${exit}\n\n${about}\n\n${table}\n`;
  });
  return `# Errors

Generated from \`src/errors\` by \`npm run docs\`. The codes are stable: scripts may rely on them. With \`--json\` a
failure is \`{"error": {"code", "kind", "message", "next", "details"}}\` on standard output; \`details\` never holds a
key, a PIN or a document.

Other exit codes: 0 done; 1 internal error (\`INTERNAL\`, a defect of simboot); 5 some cards or items failed; 130 and
143 interrupted by a signal.

${sections.join('\n')}`;
}
