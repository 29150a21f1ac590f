/**
 * Access rules in expanded format, as in EF(ARR) records and tag AB (TS 102 221 §9.2.4, ISO/IEC 7816-4 §5.4.3.2):
 * what is done, then the conditions of which one must hold.
 */
import { type Codec, concat, decodeTlvs, encodeTlv, fromHex, type Tlv, toHex } from '../bytes/index.js';
import { DataError, UsageError } from '../errors/index.js';
import type { AccessCondition } from './card.js';

/** One rule: for the operations of an access mode octet, or for commands named by their header octets. */
export type AccessRule = { readonly condition: AccessCondition } & (
  | { readonly mode: number }
  /** `header` 1 to 15: which of CLA (8), INS (4), P1 (2), P2 (1) the octets name. */
  | { readonly header: number; readonly octets: Uint8Array }
);

/** Access mode for commands that only the card's maker knows (tag 9C); no operation here asks for it. */
const PROPRIETARY_MODE = 0x9c;
const TEMPLATES = { 'any-of': 0xa0, not: 0xa7, 'all-of': 0xaf } as const;
/** Knowledge of a PIN (TS 102 221 §9.5.1, usage qualifier). */
const USER_KNOWLEDGE = 0x08;
/** More nesting than any rule needs comes from damaged data. */
const MAX_NESTING = 6;

/**
 * The rules, in order. Padding (00, FF) ends them.
 *
 * @throws DataError `DATA_ACCESS_RULE`, `DATA_TLV` with the offset
 */
export function decodeAccessRules(bytes: Uint8Array): AccessRule[] {
  const rules: AccessRule[] = [];
  const tlvs = decodeTlvs(bytes, { padding: true });
  let at = 0;
  while (at < tlvs.length) {
    const mode = tlvs[at++]!;
    if (!isMode(mode.tag)) throw malformed(mode, 'a condition without an operation before it');
    const conditions: AccessCondition[] = [];
    while (at < tlvs.length && !isMode(tlvs[at]!.tag)) conditions.push(decodeCondition(tlvs[at++]!, 0));
    if (conditions.length === 0) throw malformed(mode, 'an operation without a condition');
    const condition =
      conditions.length === 1 ? conditions[0]! : ({ kind: 'any-of', of: conditions } as const);
    if (mode.tag === PROPRIETARY_MODE) continue;
    if (mode.tag !== 0x80) rules.push({ header: mode.tag & 0x0f, octets: mode.value, condition });
    else if (mode.value.length === 1) rules.push({ mode: mode.value[0]!, condition });
    else throw malformed(mode, `an access mode of ${mode.value.length} octets`);
  }
  return rules;
}

function isMode(tag: number): boolean {
  return (tag >= 0x80 && tag <= 0x8f) || tag === PROPRIETARY_MODE;
}

function decodeCondition(tlv: Tlv, depth: number): AccessCondition {
  if (depth > MAX_NESTING) throw malformed(tlv, 'conditions nested too deep');
  const children = (): AccessCondition[] =>
    decodeTlvs(tlv.value).map((child) => decodeCondition(child, depth + 1));
  switch (tlv.tag) {
    case 0x90:
      return { kind: 'always' };
    case 0x97:
      return { kind: 'never' };
    case 0xa4:
      return decodeKey(tlv);
    case 0xb4:
    case 0xb6:
    case 0xb8:
      return { kind: 'secure-messaging' };
    case 0xa0:
      return { kind: 'any-of', of: nonEmpty(tlv, children()) };
    case 0xaf:
      return { kind: 'all-of', of: nonEmpty(tlv, children()) };
    case 0xa7:
      return decodeInversion(nonEmpty(tlv, children()));
    default:
      return {
        kind: 'unknown',
        reason: `condition ${hexTag(tlv.tag)} ${toHex(tlv.value)} is not understood`,
      };
  }
}

/**
 * ISO/IEC 7816-4 inverts one condition with A7; some writers of (U)SIM files take it for AND. Of several conditions
 * only the second reading makes sense, and it is the one that opens nothing by mistake.
 */
function decodeInversion(of: AccessCondition[]): AccessCondition {
  return of.length === 1 ? { kind: 'not', of: of[0]! } : { kind: 'all-of', of };
}

/** Authentication template: key reference 83, usage qualifier 95. */
function decodeKey(tlv: Tlv): AccessCondition {
  const key = decodeTlvs(tlv.value).find((child) => child.tag === 0x83);
  if (key?.value.length !== 1) return { kind: 'unknown', reason: `A4 ${toHex(tlv.value)} names no key` };
  return { kind: 'key', key: key.value[0]! };
}

function nonEmpty(tlv: Tlv, of: AccessCondition[]): AccessCondition[] {
  if (of.length === 0) throw malformed(tlv, 'an empty template');
  return of;
}

function malformed(tlv: Tlv, what: string): DataError {
  return new DataError('DATA_ACCESS_RULE', `${what} (tag ${hexTag(tlv.tag)} at octet ${tlv.offset})`, {
    details: { offset: tlv.offset },
  });
}

function hexTag(tag: number): string {
  return tag.toString(16).toUpperCase();
}

/**
 * Rules as octets, without padding.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a condition that has no expanded form (2G levels, unknown)
 */
function encodeAccessRules(rules: readonly AccessRule[]): Uint8Array {
  return concat(
    ...rules.map((rule) => {
      const mode = 'mode' in rule ? encodeTlv(0x80, [rule.mode]) : encodeTlv(0x80 | rule.header, rule.octets);
      return concat(mode, encodeCondition(rule.condition));
    }),
  );
}

function encodeCondition(condition: AccessCondition): Uint8Array {
  switch (condition.kind) {
    case 'always':
      return encodeTlv(0x90);
    case 'never':
      return encodeTlv(0x97);
    case 'key':
      return encodeTlv(0xa4, encodeTlv(0x83, [condition.key]), encodeTlv(0x95, [USER_KNOWLEDGE]));
    case 'any-of':
    case 'all-of':
      return encodeTlv(TEMPLATES[condition.kind], ...condition.of.map(encodeCondition));
    case 'not':
      return encodeTlv(TEMPLATES.not, encodeCondition(condition.of));
    default:
      throw new UsageError('USAGE_ARGUMENT', `a condition "${condition.kind}" has no expanded form`);
  }
}

const ADM1 = { kind: 'key', key: 0x0a } as const;

/** One EF(ARR) record, or the value of tag AB. */
export const ACCESS_RULES: Codec<readonly AccessRule[]> = {
  name: 'Access rules, expanded format',
  decode: decodeAccessRules,
  encode: encodeAccessRules,
  examples: [
    {
      hex: '800101900080011aa40683010a9501088401d4a40683010a950108',
      value: [
        { mode: 0x01, condition: { kind: 'always' } },
        { mode: 0x1a, condition: ADM1 },
        { header: 4, octets: fromHex('d4'), condition: ADM1 },
      ],
      source: 'TS 102 221 §9.2.4: READ always, the rest and RESIZE with ADM1',
    },
    {
      hex: '800101a010a406830101950108a40683011195010880011aa40683010a950108',
      value: [
        {
          mode: 0x01,
          condition: {
            kind: 'any-of',
            of: [
              { kind: 'key', key: 0x01 },
              { kind: 'key', key: 0x11 },
            ],
          },
        },
        { mode: 0x1a, condition: ADM1 },
      ],
      source: 'TS 102 221 §9.2.4: READ with PIN1 or the Universal PIN',
    },
    {
      hex: '8001019000ffffff',
      value: [{ mode: 0x01, condition: { kind: 'always' } }],
      source: 'TS 102 221 §13.4: a record filled up with FF',
      decodeOnly: true,
    },
  ],
};
