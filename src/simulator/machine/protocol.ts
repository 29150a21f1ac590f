/**
 * What stands between the octets of a reader and a command: T=0 with P3, announced answers and corrected lengths
 * (TS 102 221 §7.3.1.1, TS 51.011 §9.1), T=1 with whole APDUs (§7.3.2).
 */
import { type CommandApdu, decodeCommand, encodeResponse, type Protocol, SW } from '../../apdu/index.js';
import { DataError } from '../../errors/index.js';
import { instructionFor } from '../security-domain/instructions.js';
import { plainClass, route, route2g } from '../security-domain/routing.js';
import type { CardSession } from '../security-domain/session.js';
import { type CommandClass, INS_GET_RESPONSE, INS_SELECT, type Instruction, readClass } from './dispatch.js';
import type { Answer, Command, Machine } from './machine.js';

const SHORT_ALL = 0x100;
const EXTENDED_ALL = 0x10000;
const NO_DATA = new Uint8Array(0);

/** A secured command has data in any case: its MAC. */
const SECURED: Pick<Instruction, 'direction'> = { direction: 'in' };

/** An answer that waits for GET RESPONSE. */
interface Announced {
  readonly channel: number;
  readonly mode: '2g' | '3g';
  readonly data: Uint8Array;
  /** The status word that ends it. */
  readonly sw: number;
}

export class ProtocolLayer {
  private announced: Announced | undefined;
  private latched: '2g' | '3g' | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly protocol: Protocol,
  ) {}

  reset(): void {
    this.announced = undefined;
    this.latched = undefined;
  }

  /** One exchange: the octets of a command to the octets of the answer, never fewer than two. */
  exchange(bytes: Uint8Array): Uint8Array {
    return encodeResponse(toResponse(this.answer(bytes)));
  }

  private answer(bytes: Uint8Array): Answer {
    const [cla, ins] = bytes;
    if (cla === undefined || ins === undefined || bytes.length < 4) return { sw: SW.WRONG_LENGTH };
    const waiting = this.announced;
    this.announced = undefined;
    if (this.machine.behaviour.kind === 'other') return { sw: refusalOfOtherCard(cla, ins) };
    const where = this.admit(cla);
    if (typeof where === 'number') return { sw: where };
    if (ins === INS_GET_RESPONSE) return this.getResponse(bytes, where, waiting);
    const session = this.securedBy(where, bytes);
    if (typeof session === 'number') return { sw: session };
    return session === undefined ? this.plain(bytes, where) : this.secured(bytes, where, session);
  }

  /** The session whose secure messaging the command has, nothing for a plain one, or why it is refused. */
  private securedBy(where: CommandClass, bytes: Uint8Array): CardSession | number | undefined {
    const { domain } = this.machine;
    if (domain === undefined) return undefined;
    const way = where.mode === '2g' ? route2g(domain) : route(domain, where, bytes);
    if (typeof way === 'object') return way.sw;
    return way === 'secured' ? domain.protectedSession(where.channel) : undefined;
  }

  private plain(bytes: Uint8Array, where: CommandClass): Answer {
    const selection = this.machine.channels.get(where.channel)!;
    const instruction = instructionFor(this.machine, selection, where, bytes[1]!);
    if (typeof instruction === 'number') return { sw: instruction };
    const command = this.parse(bytes, instruction);
    if (typeof command === 'number') return { sw: command };
    const answer = instruction.run(this.machine, selection, command, where.channel);
    return this.deliver(answer, command, instruction, where);
  }

  /** A command inside a secure channel: taken out of its protection, carried out, and its answer protected. */
  private secured(bytes: Uint8Array, where: CommandClass, session: CardSession): Answer {
    const outer = this.parse(bytes, SECURED);
    if (typeof outer === 'number') return { sw: outer };
    const isExtended = this.protocol === 'T=1' && bytes[4] === 0 && bytes.length > 5;
    const lc = isExtended ? bytes.subarray(4, 7) : bytes.subarray(4, 5);
    const data = session.unwrap({ header: bytes.subarray(0, 4), lc, data: outer.data });
    if (data === undefined) {
      this.machine.domain?.abort(where.channel);
      return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
    }
    const room = isExtended && (outer.le ?? 0) > SHORT_ALL ? EXTENDED_ALL : SHORT_ALL;
    const takesAll = outer.le === undefined || outer.takesAll;
    const le = takesAll ? session.capacity(room) : outer.le;
    const command = { ...outer, cla: plainClass(outer.cla), data, le, takesAll };
    const answer = this.runSecured(command, where, session);
    // the command may have ended its own session
    if (this.machine.domain?.protectedSession(where.channel) !== session) return answer;
    const defect = this.machine.domain.takeDefect();
    const secured = { sw: answer.sw, data: session.protect(answer.sw, answer.data ?? NO_DATA, defect) };
    return this.deliverSecured(secured, outer, room, where);
  }

  private runSecured(command: Command, where: CommandClass, session: CardSession): Answer {
    const selection = this.machine.channels.get(where.channel)!;
    const instruction = instructionFor(this.machine, selection, where, command.ins);
    if (typeof instruction === 'number') return { sw: instruction };
    this.machine.level = session.level;
    const answer = instruction.run(this.machine, selection, command, where.channel);
    this.machine.level = 0;
    const length = answer.data?.length ?? 0;
    const isTooLong = instruction.direction === 'out' && length > (command.le ?? 0);
    return isTooLong ? { sw: 0x6c00 | (length & 0xff) } : answer;
  }

  /** T=0 announces every answer; over T=1 it comes whole where it fits, whatever Le says of the plain one. */
  private deliverSecured(answer: Answer, outer: Command, room: number, where: CommandClass): Answer {
    const length = answer.data?.length ?? 0;
    if (length === 0) return { sw: answer.sw };
    if (this.protocol === 'T=0') return this.announce(answer, where, 0x6100);
    const isStrict = this.machine.domain?.profile.deviations.strictLe === true;
    if (isStrict && outer.le !== undefined && length > outer.le && length <= SHORT_ALL) {
      return { sw: 0x6c00 | (length & 0xff) };
    }
    return length <= room ? answer : this.first(answer, room, where);
  }

  /** The class, if this card takes it and its channel is open. */
  private admit(cla: number): CommandClass | number {
    const where = readClass(cla);
    if (typeof where === 'number') return where;
    const { behaviour } = this.machine;
    if (!behaviour.modes.includes(where.mode)) return SW.CLA_NOT_SUPPORTED;
    if (behaviour.latchesMode && this.latched !== undefined && this.latched !== where.mode) {
      return SW.CLA_NOT_SUPPORTED;
    }
    if (where.mode === '3g' && where.secured && this.machine.domain === undefined) {
      return SW.SECURE_MESSAGING_NOT_SUPPORTED;
    }
    if (!this.machine.channels.has(where.channel)) return SW.CHANNEL_NOT_SUPPORTED;
    this.latched = where.mode;
    return where;
  }

  private parse(bytes: Uint8Array, instruction: Pick<Instruction, 'direction'>): Command | number {
    return this.protocol === 'T=0' ? parseT0(bytes, instruction) : this.parseT1(bytes);
  }

  private parseT1(bytes: Uint8Array): Command | number {
    const extended = bytes.length > 5 && bytes[4] === 0;
    if (extended && !this.machine.behaviour.extendedLength) return SW.WRONG_LENGTH;
    let apdu: CommandApdu;
    try {
      apdu = decodeCommand(bytes);
    } catch (error) {
      if (error instanceof DataError) return SW.WRONG_LENGTH;
      throw error;
    }
    const { cla, ins, p1, p2, data, le } = apdu;
    const takesAll = le === (extended ? EXTENDED_ALL : SHORT_ALL);
    return { cla, ins, p1, p2, data: data ?? NO_DATA, le, takesAll };
  }

  /** Cuts an answer to what the command asked for, or announces it. */
  private deliver(answer: Answer, command: Command, instruction: Instruction, where: CommandClass): Answer {
    const { data } = answer;
    if (data === undefined || data.length === 0) return { sw: answer.sw };
    if (where.mode === '2g') {
      return instruction.direction === 'out' ? answer : this.announce(answer, where, 0x9f00);
    }
    if (this.protocol === 'T=0') {
      if (instruction.direction === 'in') return this.announce(answer, where, 0x6100);
      return data.length === command.le ? { data, sw: answer.sw } : { sw: 0x6c00 | (data.length & 0xff) };
    }
    if (command.le === undefined && instruction.answersWithoutLe === true) return answer;
    if (command.le === undefined) return { sw: answer.sw };
    if (data.length <= command.le) return answer;
    if (instruction.direction === 'out') return { sw: 0x6c00 | (data.length & 0xff) };
    return this.first(answer, command.le, where);
  }

  private announce(answer: Answer, where: CommandClass, sw: number): Answer {
    const data = answer.data ?? NO_DATA;
    this.announced = { channel: where.channel, mode: where.mode, data, sw: answer.sw };
    return { sw: sw | (Math.min(data.length, SHORT_ALL) % SHORT_ALL) };
  }

  /** The first octets of an answer over T=1; 61xx announces the others. */
  private first(answer: Answer, le: number, where: CommandClass): Answer {
    const data = answer.data ?? NO_DATA;
    const rest = this.announce({ sw: answer.sw, data: data.slice(le) }, where, 0x6100);
    return { data: data.slice(0, le), sw: rest.sw };
  }

  private getResponse(bytes: Uint8Array, where: CommandClass, waiting: Announced | undefined): Answer {
    if (bytes[2] !== 0 || bytes[3] !== 0)
      return { sw: where.mode === '2g' ? SW.WRONG_P1P2 : SW.INCORRECT_P1P2 };
    if (bytes.length !== 5) return { sw: SW.WRONG_LENGTH };
    if (waiting === undefined || waiting.channel !== where.channel || waiting.mode !== where.mode) {
      return { sw: where.mode === '2g' ? SW.TECHNICAL_PROBLEM : SW.CONDITIONS_NOT_SATISFIED };
    }
    const le = bytes[4] || SHORT_ALL;
    const { data, sw } = waiting;
    if (le > data.length) {
      this.announced = waiting;
      return { sw: (where.mode === '2g' ? 0x6700 : 0x6c00) | (data.length & 0xff) };
    }
    if (le === data.length || where.mode === '2g') return { data: data.slice(0, le), sw };
    return this.first(waiting, le, where);
  }
}

/** P3 is Lc or Le by the instruction; case 4 has no Le over T=0. */
function parseT0(bytes: Uint8Array, { direction }: Pick<Instruction, 'direction'>): Command | number {
  const [cla, ins, p1, p2] = bytes as unknown as [number, number, number, number];
  const p3 = bytes[4] ?? 0;
  const body = bytes.subarray(5);
  if (direction === 'out') {
    if (body.length > 0) return SW.WRONG_LENGTH;
    return { cla, ins, p1, p2, data: NO_DATA, le: p3 || SHORT_ALL, takesAll: false };
  }
  if (body.length !== p3) return SW.WRONG_LENGTH;
  return { cla, ins, p1, p2, data: body.slice(), le: undefined, takesAll: false };
}

function toResponse(answer: Answer): { data: Uint8Array; sw: number } {
  return { data: answer.data ?? NO_DATA, sw: answer.sw };
}

/** A card of another trade: it knows SELECT, but none of the files and applications here. */
function refusalOfOtherCard(cla: number, ins: number): number {
  if (cla !== 0x00) return SW.CLA_NOT_SUPPORTED;
  return ins === INS_SELECT ? SW.FILE_NOT_FOUND : SW.INS_NOT_SUPPORTED;
}
