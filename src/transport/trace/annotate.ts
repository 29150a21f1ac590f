/**
 * What a trace may show of an exchange, and what it calls it.
 *
 * Data that carries a key or PIN never shows. The content of files shows only where the file is public structure
 * (`files.ts`), or where the recorder was told to reveal content. An instruction that is not known here counts as
 * content. Structure always shows: SELECT and its answer, STATUS, channels, file creation, the secure channel's
 * handshake, and what its level encrypts, as it is on the wire.
 */
import { type CommandApdu, channelOfCla, decodeCommand, explainStatus } from '../../apdu/index.js';
import { concat, hex8, toHex } from '../../bytes/index.js';
import { applicationName, fileName } from './files.js';
import { FileFollower, isSecured, type NamedFile } from './follow.js';
import { type Instruction, instructionOf, type Showing, UNKNOWN_COMMAND } from './instructions.js';

/** Octet strings with what must not show removed; `hidden` octets from `from` on are replaced. */
export interface Shown {
  /** Of the same length; hidden octets are `MASK`. */
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly hidden: number;
}

/** One exchange, ready for any sink: nothing secret is in it any more. */
export interface AnnotatedExchange {
  readonly title: string;
  readonly command: Shown;
  readonly answer?: Shown;
  /** Meaning of the status word. */
  readonly meaning?: string;
}

/** In place of hidden octets; Wireshark's dissectors of toolkit and authentication data take both as well-formed. */
const MASK = { command: 0x00, answer: 0x2a } as const;

/** Bits of a security level (GPC Amendment D §7.1.2.1). */
const C_DECRYPTION = 0x02;
const R_ENCRYPTION = 0x20;

/** Follows the exchanges of one card. */
export class Annotator {
  readonly #files = new FileFollower();
  /** Security levels (P1 of EXTERNAL AUTHENTICATE) by logical channel. */
  readonly #levels = new Map<number, number>();
  /** How the answer that GET RESPONSE fetches may show. */
  #waiting: Showing = 'content';

  /** @param reveal whether the content of every file shows; keys and PINs stay hidden all the same */
  constructor(private readonly reveal: boolean) {
    this.#files.reset();
  }

  reset(): void {
    this.#files.reset();
    this.#levels.clear();
    this.#waiting = 'content';
  }

  annotate(bytes: Uint8Array, response: Uint8Array | undefined): AnnotatedExchange {
    const command = parse(bytes);
    const instruction =
      command === undefined ? UNKNOWN_COMMAND : this.asSent(command, instructionOf(command));
    const file = command === undefined ? undefined : this.fileOf(command);
    const answer = command?.ins === 0xc0 ? this.#waiting : this.answerOf(instruction, file);
    const annotated = {
      title: command === undefined ? instruction.name : titleOf(command, instruction, file),
      command: this.shownCommand(bytes, command, instruction, file),
      ...(response === undefined ? {} : this.shownAnswer(response, answer, file)),
    };
    if (command !== undefined) this.follow(command, swOf(response), answer);
    return annotated;
  }

  private shownCommand(
    bytes: Uint8Array,
    command: CommandApdu | undefined,
    instruction: Instruction,
    file: NamedFile | undefined,
  ): Shown {
    if (this.mayShow(instruction.command, file)) return shown(bytes);
    // Everything after the header where the command cannot be parsed.
    const length = command === undefined ? bytes.length - 5 : (command.data?.length ?? 0);
    return hide(bytes, dataStart(bytes, command), length, MASK.command);
  }

  private shownAnswer(response: Uint8Array, showing: Showing, file: NamedFile | undefined) {
    const sw = swOf(response);
    const meaning = sw === undefined ? {} : { meaning: explainStatus(sw).meaning };
    if (this.mayShow(showing, file)) return { answer: shown(response), ...meaning };
    return { answer: hide(response, 0, response.length - 2, MASK.answer), ...meaning };
  }

  /** File content that a secure channel encrypts shows: it is not readable. */
  private asSent({ cla }: CommandApdu, instruction: Instruction): Instruction {
    const level = isSecured(cla) ? (this.#levels.get(channelOfCla(cla)) ?? 0) : 0;
    const sealed = (showing: Showing, bit: number): Showing =>
      showing === 'content' && (level & bit) !== 0 ? 'open' : showing;
    const command = sealed(instruction.command, C_DECRYPTION);
    return { ...instruction, command, answer: sealed(instruction.answer, R_ENCRYPTION) };
  }

  private follow(command: CommandApdu, sw: number | undefined, answer: Showing): void {
    this.#waiting = answer;
    if (sw === undefined) return;
    this.followChannel(command, sw);
    if (command.ins === 0xa4) this.#files.selected(command, sw);
    if (isFileAccess(command.ins) && sw === 0x9000) this.#files.accessed(command, sfiOf(command));
  }

  /** Whatever may end a secure channel makes what follows content again. */
  private followChannel({ cla, ins, p1 }: CommandApdu, sw: number): void {
    const channel = channelOfCla(cla);
    if (ins === 0x82 && isSecured(cla) && sw === 0x9000) this.#levels.set(channel, p1);
    else if (ins === 0x70) this.#levels.clear();
    else if (!isSecured(cla) && ins !== 0xc0) this.#levels.delete(channel);
  }

  private fileOf(command: CommandApdu): NamedFile | undefined {
    return isFileAccess(command.ins) ? this.#files.file(command, sfiOf(command)) : undefined;
  }

  /** The answer of a public file shows also when GET RESPONSE fetches it. */
  private answerOf(instruction: Instruction, file: NamedFile | undefined): Showing {
    return instruction.answer === 'content' && file?.isPublic === true ? 'open' : instruction.answer;
  }

  private mayShow(showing: Showing, file: NamedFile | undefined): boolean {
    if (showing === 'key') return false;
    return showing === 'open' || this.reveal || file?.isPublic === true;
  }
}

function parse(bytes: Uint8Array): CommandApdu | undefined {
  try {
    return decodeCommand(bytes);
  } catch {
    return undefined;
  }
}

/** READ, UPDATE, SEARCH and INCREASE work on a file. */
function isFileAccess(ins: number): boolean {
  return ins === 0xb0 || ins === 0xb2 || ins === 0xd6 || ins === 0xdc || ins === 0xa2 || ins === 0x32;
}

/** The short file identifier in P1 (binary) or P2 (record), TS 102 221 §11.1.3 and §11.1.5; 2G has none. */
function sfiOf(command: CommandApdu): number {
  if (command.cla === 0xa0) return 0;
  const isBinary = command.ins === 0xb0 || command.ins === 0xd6;
  if (isBinary) return (command.p1 & 0x80) === 0 ? 0 : command.p1 & 0x1f;
  return command.p2 >> 3;
}

function titleOf(command: CommandApdu, instruction: Instruction, file: NamedFile | undefined): string {
  const channel = channelOfCla(command.cla);
  const parts = [instruction.name, objectOf(command, file)];
  if (channel !== 0) parts.push(`(channel ${channel})`);
  if (isSecured(command.cla)) parts.push('(secure messaging)');
  return parts.filter((part) => part !== '').join(' ');
}

function objectOf(command: CommandApdu, file: NamedFile | undefined): string {
  const { ins, p1, p2 } = command;
  if (ins === 0xa4) return isSecured(command.cla) ? '' : selectionOf(command);
  if (ins === 0x20 || ins === 0x24 || ins === 0x26 || ins === 0x28 || ins === 0x2c) return `key ${hex8(p2)}`;
  if (file === undefined) return '';
  const isBinary = ins === 0xb0 || ins === 0xd6;
  if (!isBinary) return `${p1} of ${file.name}`;
  const offset = sfiOf(command) === 0 ? (p1 << 8) | p2 : p2;
  const where = `${file.name}, offset ${offset}`;
  // what a wrapped command carries is not what it reads or writes
  return isSecured(command.cla) ? where : `${where}, ${command.data?.length ?? command.le ?? 0} octets`;
}

function selectionOf({ p1, data = new Uint8Array(0) }: CommandApdu): string {
  if (p1 === 0x04) return `AID ${applicationName(data)}`;
  if (data.length === 2) return fileName((data[0]! << 8) | data[1]!);
  const path = toHex(data).toUpperCase().match(/.{4}/g) ?? [];
  return `${p1 === 0x08 ? '3F00/' : ''}${path.join('/')}`;
}

function dataStart(bytes: Uint8Array, command: CommandApdu | undefined): number {
  return command !== undefined && bytes.length > 7 && bytes[4] === 0 ? 7 : 5;
}

function swOf(response: Uint8Array | undefined): number | undefined {
  if (response === undefined || response.length < 2) return undefined;
  return (response[response.length - 2]! << 8) | response[response.length - 1]!;
}

function shown(bytes: Uint8Array): Shown {
  return { bytes, from: bytes.length, hidden: 0 };
}

function hide(bytes: Uint8Array, from: number, length: number, mask: number): Shown {
  const hidden = Math.max(0, Math.min(length, bytes.length - from));
  if (hidden === 0) return shown(bytes);
  const filler = new Uint8Array(hidden).fill(mask);
  return { bytes: concat(bytes.subarray(0, from), filler, bytes.subarray(from + hidden)), from, hidden };
}
