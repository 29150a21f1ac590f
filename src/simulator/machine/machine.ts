/** The inside of a simulated card: files, PINs, logical channels, memory; what the commands work on. */
import { concat } from '../../bytes/index.js';
import type { Subscription } from '../authentication/subscription.js';
import type { Df, Ef, FileNode } from '../files/node.js';
import { initialSelection, type Selection } from '../files/select.js';
import type { CardBehaviour } from '../profile/schema.js';
import { conditionFor } from '../security/access.js';
import { holds } from '../security/condition.js';
import type { PinStore } from '../security/pins.js';
import type { Operation } from '../security/rules.js';
import type { SecurityDomain } from '../security-domain/domain.js';

/** A command after the transmission protocol is taken off. `le` is 256 or 65536 for "all". */
export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  readonly le: number | undefined;
  /** Le asks for whatever there is (T=1 alone; over T=0 the card names the right length first). */
  readonly takesAll: boolean;
}

/** What a command gives back, before the transmission protocol cuts it into pieces. */
export interface Answer {
  readonly sw: number;
  readonly data?: Uint8Array;
}

/** Octets of card memory beside the content that a file takes. */
const FILE_OVERHEAD = 16;

export class Machine {
  readonly channels = new Map<number, Selection>();
  /** For the card-time model. */
  octetsWritten = 0;
  /** How many more octets of a file can be written before power is lost; undefined = power is good. */
  writeBudget: number | undefined;
  /** Work beyond that of a usual command, for the card-time model. */
  extraMilliseconds = 0;
  /** Security level under which the current command came; 0 without secure messaging. */
  level = 0;

  constructor(
    readonly mf: Df,
    readonly pins: PinStore,
    readonly behaviour: CardBehaviour,
    public freeMemory: number,
    /** On cards that have one. */
    readonly domain?: SecurityDomain,
    /** On cards with a USIM that authenticates. */
    readonly subscription?: Subscription,
  ) {
    this.reset();
  }

  /** Everything volatile as after a reset (TS 102 221 §8.4.1, §8.8, §9.4). */
  reset(): void {
    this.pins.forget();
    this.channels.clear();
    this.channels.set(0, initialSelection(this.mf));
    this.writeBudget = undefined;
    this.domain?.terminateAll();
  }

  allows(node: FileNode, operation: Operation): boolean {
    const condition = conditionFor(node, operation, this.pins);
    return holds(condition, (reference) => this.pins.satisfied(reference), this.level);
  }

  /** Writes into a file; only the first octets arrive if power is lost on the way. */
  write(ef: Ef, offset: number, data: Uint8Array): void {
    const budget = this.writeBudget ?? data.length;
    const arriving = data.subarray(0, budget);
    ef.content.set(arriving, offset);
    this.octetsWritten += arriving.length;
    if (this.writeBudget !== undefined) this.writeBudget -= arriving.length;
  }

  /** A record becomes number 1 of a cyclic file, and the oldest is gone. */
  pushRecord(ef: Ef, record: Uint8Array): void {
    const kept = ef.content.slice(0, ef.content.length - ef.recordLength);
    const oldest = ef.content.slice(ef.content.length - ef.recordLength);
    ef.content = concat(oldest, kept);
    this.write(ef, 0, record);
  }

  /** Takes memory for a new file, if there is enough. */
  allocate(octets: number): boolean {
    if (octets > this.freeMemory) return false;
    this.freeMemory -= octets;
    return true;
  }

  /** Octets written since the last call. */
  takeOctetsWritten(): number {
    const written = this.octetsWritten;
    this.octetsWritten = 0;
    return written;
  }

  /** Milliseconds beyond a usual command since the last call. */
  takeExtraMilliseconds(): number {
    const extra = this.extraMilliseconds;
    this.extraMilliseconds = 0;
    return extra;
  }

  release(octets: number): void {
    this.freeMemory += octets;
  }
}

/** Octets of card memory that a file takes. */
export function footprint(node: FileNode): number {
  if (node.kind === 'ef') return FILE_OVERHEAD + node.content.length;
  return node.children.reduce((sum, child) => sum + footprint(child), FILE_OVERHEAD);
}
