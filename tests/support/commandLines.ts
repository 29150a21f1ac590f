/** Commands that texts mention as `simboot …`, against those that exist. */
import { COMMANDS, GROUPS } from '../../cli/commands.js';

/** Every command, with the groups and the bare options that stand alone. */
export function commandNames(): string[] {
  return [...COMMANDS.map(({ name }) => name), ...Object.keys(GROUPS), 'help', ''];
}

/** The command of each `simboot …` in back-quotes or at the start of a line, as one or two words. */
export function commandsIn(text: string): string[] {
  const mentions = [...text.matchAll(/(?:`|^\s*(?:\$ )?)simboot((?: [^`\n]*)?)(?:`|$)/gm)].map(
    ([, rest]) => rest ?? '',
  );
  return [...new Set(mentions.map(commandOf))];
}

function commandOf(rest: string): string {
  const words: string[] = [];
  for (const word of rest.trim().split(/\s+/)) {
    if (!/^[a-z][a-z0-9-]*$/.test(word)) break;
    words.push(word);
  }
  if (words[0] === 'help') words.shift();
  const isGroup = words[0] !== undefined && words[0] in GROUPS;
  return words.slice(0, isGroup ? 2 : 1).join(' ');
}
