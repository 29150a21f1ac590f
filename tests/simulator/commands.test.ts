import { readFileSync } from 'node:fs';
import { insert, send } from './support.js';

interface Case {
  readonly what: string;
  readonly clause: string;
  readonly profile: string;
  readonly exchanges: readonly (readonly [command: string, response: string])[];
}

const { cases } = JSON.parse(readFileSync('test-vectors/uicc-commands.json', 'utf8')) as { cases: Case[] };

test.each(cases)('$profile: $what ($clause)', async ({ profile, exchanges }) => {
  const card = await insert(profile);
  for (const [command, response] of exchanges) {
    expect(`${command} -> ${await send(card, command)}`).toBe(`${command} -> ${response}`);
  }
});
