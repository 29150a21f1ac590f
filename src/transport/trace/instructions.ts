/** Names of instructions, and which of them carry file content, keys or neither. */
import type { CommandApdu } from '../../apdu/index.js';
import { hex8 } from '../../bytes/index.js';

/** How openly the data of a command and of its answer may be shown. */
export type Showing = 'open' | 'content' | 'key';

export interface Instruction {
  readonly name: string;
  readonly command: Showing;
  readonly answer: Showing;
}

const open = (name: string): Instruction => ({ name, command: 'open', answer: 'open' });
const content = (name: string): Instruction => ({ name, command: 'content', answer: 'content' });
const key = (name: string): Instruction => ({ name, command: 'key', answer: 'key' });

/** Interindustry and 2G instructions (TS 102 221 §10.1.2, TS 51.011 §9.2, TS 102 222 §6). */
const CARD: ReadonlyMap<number, Instruction> = new Map([
  [0x04, open('DEACTIVATE FILE')],
  [0x10, content('TERMINAL PROFILE')],
  [0x12, content('FETCH')],
  [0x14, content('TERMINAL RESPONSE')],
  [0x20, key('VERIFY')],
  [0x24, key('CHANGE PIN')],
  [0x26, key('DISABLE PIN')],
  [0x28, key('ENABLE PIN')],
  [0x2c, key('UNBLOCK PIN')],
  [0x32, content('INCREASE')],
  [0x44, open('ACTIVATE FILE')],
  [0x70, open('MANAGE CHANNEL')],
  [0x84, open('GET CHALLENGE')],
  [0x88, key('AUTHENTICATE')],
  [0x89, key('AUTHENTICATE')],
  [0xa2, content('SEARCH RECORD')],
  [0xa4, open('SELECT')],
  [0xb0, content('READ BINARY')],
  [0xb2, content('READ RECORD')],
  [0xc0, content('GET RESPONSE')],
  [0xc2, content('ENVELOPE')],
  [0xd4, open('RESIZE FILE')],
  [0xd6, content('UPDATE BINARY')],
  [0xdc, content('UPDATE RECORD')],
  [0xe0, open('CREATE FILE')],
  [0xe4, open('DELETE FILE')],
  [0xe6, open('TERMINATE DF')],
  [0xe8, open('TERMINATE EF')],
  [0xf2, open('STATUS')],
]);

/** GlobalPlatform 2.3.1 §11, where the class has its highest bit set. */
const PLATFORM: ReadonlyMap<number, Instruction> = new Map([
  [0x50, open('INITIALIZE UPDATE')],
  [0x82, open('EXTERNAL AUTHENTICATE')],
  [0xca, open('GET DATA')],
  [0xd4, open('RESIZE FILE')],
  [0xd8, key('PUT KEY')],
  [0xe2, key('STORE DATA')],
  [0xe4, open('DELETE')],
  [0xe6, content('INSTALL')],
  [0xe8, content('LOAD')],
  [0xf0, open('SET STATUS')],
  [0xf2, open('GET STATUS')],
]);

/** The name of a command and how its data may show. */
export function instructionOf(command: CommandApdu): Instruction {
  const isPlatform = (command.cla & 0x80) !== 0 && command.cla !== 0xa0;
  const platform = isPlatform ? PLATFORM.get(command.ins) : undefined;
  return platform ?? CARD.get(command.ins) ?? content(`INS ${hex8(command.ins)}`);
}

/** A command that cannot be told apart counts as content. */
export const UNKNOWN_COMMAND: Instruction = content('unknown command');
