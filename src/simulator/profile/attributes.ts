/** Security attributes of profile files in the style the profile asks for (TS 102 221 §11.1.1.4.7, §13.4 EF_ARR). */
import { concat, padEnd, uint16 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import type { Df, Ef, SecurityAttributes } from '../files/node.js';
import { type Condition, parseCondition } from '../security/condition.js';
import { KEY_PIN1, KEY_UNIVERSAL_PIN } from '../security/pins.js';
import {
  DF_OPERATIONS,
  EF_OPERATIONS,
  encodeCompact,
  encodeExpanded,
  type Operation,
  type RuleSet,
} from '../security/rules.js';
import type { ProfileData, SecurityStyle } from './schema.js';

const ENVIRONMENT_PIN_DISABLED = 0;
const ENVIRONMENT_PIN_ENABLED = 1;

export class AttributeWriter {
  private readonly rules: ReadonlyMap<string, RuleSet>;
  private readonly names: readonly string[];

  constructor(
    private readonly profile: ProfileData,
    private readonly references: ReadonlyMap<string, number>,
  ) {
    this.names = Object.keys(profile.rules);
    this.rules = new Map(
      Object.entries(profile.rules).map(([name, operations]) => [
        name,
        new Map(
          Object.entries(operations).map(([operation, words]) => [
            operation as Operation,
            parseCondition(words, references),
          ]),
        ),
      ]),
    );
  }

  get needsArr(): boolean {
    return this.profile.security === 'arr' || this.profile.security === 'environments';
  }

  /** @throws UsageError `USAGE_PROFILE_INVALID` for a name that is no PIN of the profile */
  keyOf(name: string): number {
    const reference = this.references.get(name);
    if (reference === undefined)
      throw new UsageError('USAGE_PROFILE_INVALID', `"${name}" is no PIN of the profile`);
    return reference;
  }

  /** The attributes of a file with a rule; `arr` names the EF_ARR in force for it. */
  forFile(
    rule: string,
    kind: 'ef' | 'df',
    arr: readonly string[],
    style: SecurityStyle = this.profile.security,
  ): SecurityAttributes {
    const rules = this.rules.get(rule);
    if (rules === undefined)
      throw new UsageError('USAGE_PROFILE_INVALID', `rule "${rule}" is not among the rules`);
    if (style === 'compact') return { tag: 0x8c, value: encodeCompact(rules, kind) };
    if (style === 'expanded') return { tag: 0xab, value: encodeExpanded(rules, kind) };
    const file = uint16(Number.parseInt(arr[0] ?? '2F06', 16));
    const record = this.names.indexOf(rule) + 1;
    if (style === 'arr') return { tag: 0x8b, value: concat(file, [record]) };
    const other = record + this.names.length;
    const pairs = [ENVIRONMENT_PIN_ENABLED, record, ENVIRONMENT_PIN_DISABLED, other];
    return { tag: 0x8b, value: concat(file, pairs) };
  }

  /** EF_ARR with a record for each rule; with environments, a second set where the universal PIN stands for PIN1. */
  arrFile(parent: Df, fid: number): Ef {
    const sets = [...this.rules.values()];
    const all = this.profile.security === 'environments' ? [...sets, ...sets.map(withUniversalPin)] : sets;
    const records = all.map((rules) => encodeExpanded(rules, kindOf(rules)));
    const recordLength = Math.max(...records.map((record) => record.length));
    return {
      kind: 'ef',
      fid,
      name: 'EF_ARR',
      parent,
      state: 'activated',
      security: this.forFile(this.names[0]!, 'ef', [fid.toString(16).toUpperCase()]),
      structure: 'linear',
      content: concat(...records.map((record) => padEnd(record, recordLength))),
      recordLength,
      sfi: fid === 0x2f06 || fid === 0x6f06 ? fid & 0x1f : undefined,
    };
  }
}

/** A rule that speaks of children is one for directories. */
function kindOf(rules: RuleSet): 'ef' | 'df' {
  return [...rules.keys()].some((operation) => operation in DF_OPERATIONS && !(operation in EF_OPERATIONS))
    ? 'df'
    : 'ef';
}

function withUniversalPin(rules: RuleSet): RuleSet {
  return new Map([...rules].map(([operation, condition]) => [operation, replaceKey(condition)]));
}

function replaceKey(condition: Condition): Condition {
  switch (condition.kind) {
    case 'key':
      return condition.reference === KEY_PIN1 ? { kind: 'key', reference: KEY_UNIVERSAL_PIN } : condition;
    case 'any':
    case 'all':
    case 'not':
      return { kind: condition.kind, of: condition.of.map(replaceKey) };
    default:
      return condition;
  }
}
