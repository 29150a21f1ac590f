/** Finds the rule of a file: its own, or the EF(ARR) record that it refers to, each read once per card. */
import { SimbootError } from '../errors/index.js';
import {
  condition2g,
  conditionFromCompact,
  conditionFromExpanded,
  needsPins,
  ruleReference,
  unknown,
} from './access.js';
import type { AccessCondition, FileInfo, FileLocation, Operation, PinTemplate } from './card.js';
import type { CardMemory } from './card-memory.js';
import { readRecord } from './content.js';
import type { Navigator } from './navigator.js';
import { describeLocation } from './path.js';
import type { Wire } from './wire.js';

/** EF(ARR) of the MF (TS 102 221 §13.4); other directories use other identifiers. */
const EF_ARR_OF_MF = 0x2f06;

/** Access rules as one card states them, in either mode. */
export class AccessRules {
  constructor(
    private readonly wire: Wire,
    private readonly navigator: Navigator,
    private readonly memory: Pick<CardMemory, 'rules'>,
  ) {}

  async condition(location: FileLocation, operation: Operation): Promise<AccessCondition> {
    const info = await this.navigator.info(location);
    const { security } = info;
    const isDirectory = info.kind !== 'ef';
    const pins = needsPins(info) ? await this.pins(location, info) : [];
    switch (security.form) {
      case '2g':
        return condition2g(info, operation);
      case 'compact':
        return conditionFromCompact(security.bytes, operation, isDirectory, pins);
      case 'expanded':
        return conditionFromExpanded(security.bytes, operation, isDirectory, 'tag AB');
      case 'referenced':
        return this.referenced(location, security.bytes, operation, isDirectory, pins);
      case 'none':
        return this.unstated(info, operation);
    }
  }

  /** PINs of the directory that holds the file, or of the directory itself; the nearest one that lists any. */
  async pins(location: FileLocation, info?: FileInfo): Promise<readonly PinTemplate[]> {
    const own = info ?? (await this.navigator.info(location));
    if (own.pins.length > 0) return own.pins;
    const parent = this.navigator.parent(location);
    return parent ? this.pins(parent) : [];
  }

  private unstated(info: FileInfo, operation: Operation): AccessCondition {
    if (this.wire.cla === 0xa0) return condition2g(info, operation);
    return unknown(info.problems?.[0] ?? 'the answer to SELECT states no access rules (8B, 8C, AB)');
  }

  private async referenced(
    location: FileLocation,
    bytes: Uint8Array,
    operation: Operation,
    isDirectory: boolean,
    pins: readonly PinTemplate[],
  ): Promise<AccessCondition> {
    const reference = ruleReference(bytes, pins);
    if ('reason' in reference) return unknown(reference.reason);
    const { fid, record } = reference;
    for (const directory of this.searchPath(location, fid, isDirectory)) {
      const arr = child(directory, fid);
      const where = `record ${record} of ${describeLocation(arr)}`;
      try {
        const rule = await this.record(arr, record);
        if (rule) return conditionFromExpanded(rule, operation, isDirectory, where);
      } catch (error) {
        if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
        return unknown(`${where} cannot be read: ${error.message}`);
      }
    }
    return unknown(`${describeLocation(location)} refers to an EF(ARR) that is not there`);
  }

  /** The directory of the file, then upward; a directory looks in itself last (TS 102 221 §9.2.5). */
  private searchPath(location: FileLocation, fid: number, isDirectory: boolean): FileLocation[] {
    const above: FileLocation[] = [];
    for (let at = this.navigator.parent(location); at; at = this.navigator.parent(at)) above.push(at);
    // Identifiers 2Fxx are for EFs right under the MF (TS 102 221 §8.6): no need to look anywhere else.
    if (fid === EF_ARR_OF_MF) return above.length > 0 ? above.slice(-1) : [location];
    return isDirectory ? [...above, location] : above;
  }

  /** One EF(ARR) record; nothing where the directory has no such file. */
  private async record(arr: FileLocation, record: number): Promise<Uint8Array | undefined> {
    const file = this.navigator.key(arr);
    const key = `${file}#${record}`;
    if (this.memory.rules.has(key)) return this.memory.rules.get(key);
    if (this.memory.rules.has(file)) return undefined;
    try {
      const info = await this.navigator.open(arr);
      const rule = await readRecord(this.wire, info, describeLocation(arr), record);
      this.memory.rules.set(key, rule);
      return rule;
    } catch (error) {
      if (!(error instanceof SimbootError) || error.code !== 'CARD_FILE_NOT_FOUND') throw error;
      this.memory.rules.set(file, undefined);
      return undefined;
    }
  }
}

function child(directory: FileLocation, fid: number): FileLocation {
  return 'relative' in directory
    ? { application: directory.application, relative: [...directory.relative, fid] }
    : { ...directory, path: [...directory.path, fid] };
}
