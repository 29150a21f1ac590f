/** Commands that texts mention as `simboot …`, against those that exist. */
import { COMMANDS, GROUPS } from '../../cli/commands.js';

/** Every command, with the groups and the bare options that stand alone. */
export function commandNames(): string[] {
  return [...COMMANDS.map(({ name }) => name), ...Object.keys(GROUPS), 'help', ''];
}

/** The command of each `simboot …` in back-quotes or at the start of a line of a fenced block, as one or two words. */
export function commandsIn(text: string): string[] {
  const fenced = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '').join('\n');
  const mentions = [...text.matchAll(/`simboot((?: [^`\n]*)?)`/g), ...fenced.matchAll(/^simboot(.*)$/gm)];
  return [...new Set(mentions.map(([, rest]) => commandOf(rest ?? '')))];
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
