/** CommonObjectAttributes with access control rules (PKCS#15 v1.1 §6.1.8). */
import { Fields, type Node, readBits, readText, readUnsigned } from './asn1.js';
import type { ReadContext } from './context.js';
import type { AccessControlRule, CommonObjectAttributes, SecurityCondition } from './types.js';
import { type Block, bits, context, integer, octets, oneValue, sequence, unwritable, utf8 } from './write.js';

const UTF8_STRING = 0x0c;
const OTHER_STRINGS = [0x13, 0x14, 0x16];
const PRIVATE = 0;
const MODIFIABLE = 1;
const MODES = ['read', 'update', 'execute'] as const;
const MAX_CONDITION_DEPTH = 8;
const MAX_IDENTIFIER = 255;

/** @param node the SEQUENCE of the attributes; empty on some cards */
export function readCommonObjectAttributes(node: Node, context: ReadContext): CommonObjectAttributes {
  if (node.children.length === 0) {
    context.note('info', 'attributes-empty', node.offset, 'common object attributes without any element');
    return {};
  }
  const fields = new Fields(node.children, context);
  const label = fields.take(UTF8_STRING, ...OTHER_STRINGS);
  const flags = fields.take(0x03);
  const authId = fields.take(0x04);
  const userConsent = fields.take(0x02);
  const rules = fields.take(0x30);
  fields.ignoreRest();
  return {
    ...(label && { label: readLabel(label, context) }),
    ...(flags && { flags: readFlags(flags, context) }),
    ...(authId && { authId: authId.content }),
    ...(userConsent && { userConsent: readUnsigned(userConsent, context) }),
    ...(rules && { accessControlRules: rules.children.map((rule) => readRule(rule, context)) }),
  };
}

/** A label, which some cards write as another string type than UTF8String. */
export function readLabel(node: Node, context: ReadContext): string {
  if (node.tag !== UTF8_STRING && OTHER_STRINGS.includes(node.tag)) {
    context.note('warning', 'label-type', node.offset, 'label is not a UTF8String');
  }
  return readText(node, context);
}

function readFlags(node: Node, context: ReadContext): { private: boolean; modifiable: boolean } {
  const set = readBits(node, context);
  if (set.some((bit) => bit > MODIFIABLE)) {
    context.note('info', 'flags-unknown', node.offset, 'flags beyond private and modifiable');
  }
  return { private: set.includes(PRIVATE), modifiable: set.includes(MODIFIABLE) };
}

function readRule(node: Node, context: ReadContext): AccessControlRule {
  const fields = new Fields(node.children, context);
  const mode = fields.require(0x03, 'access mode', node);
  const set = readBits(mode, context);
  if (set.some((bit) => bit >= MODES.length)) {
    context.note('info', 'access-mode-unknown', mode.offset, 'access modes beyond read, update and execute');
  }
  const [condition, ...more] = fields.rest();
  if (condition === undefined) throw context.broken(node.offset, 'security condition is missing');
  for (const element of more) {
    context.note(
      'info',
      'unknown-element',
      element.offset,
      'element of an access control rule is not interpreted',
    );
  }
  return {
    mode: { read: set.includes(0), update: set.includes(1), execute: set.includes(2) },
    condition: readCondition(condition, context),
  };
}

/** CHOICE of authId, [0] not (explicit, as it holds a CHOICE), [1] and, [2] or. */
function readCondition(node: Node, context: ReadContext): SecurityCondition {
  const of = () => node.children.map((child) => readCondition(child, context));
  if (node.tag === 0x04) return { kind: 'authId', authId: node.content };
  if (node.tag === 0xa0 && node.children.length === 1) {
    return { kind: 'not', of: readCondition(node.children[0]!, context) };
  }
  if (node.tag === 0xa1) return { kind: 'and', of: of() };
  if (node.tag === 0xa2) return { kind: 'or', of: of() };
  context.note('info', 'condition-unknown', node.offset, 'security condition is not interpreted');
  return { kind: 'opaque', der: node.der };
}

export function commonObjectAttributes(attributes: CommonObjectAttributes): Block {
  const { label, flags, authId, userConsent, accessControlRules } = attributes;
  if (accessControlRules?.length === 0) throw unwritable('accessControlRules', 'must not be an empty list');
  return sequence(
    label === undefined ? undefined : utf8(label, 'label'),
    flags && bits([...(flags.private ? [PRIVATE] : []), ...(flags.modifiable ? [MODIFIABLE] : [])]),
    authId && identifier(authId, 'authId'),
    userConsent === undefined ? undefined : integer(userConsent, 'userConsent', 1, 15),
    accessControlRules && sequence(...accessControlRules.map(ruleBlock)),
  );
}

/** Identifier: an OCTET STRING of at most 255 octets. */
export function identifier(bytes: Uint8Array, what: string): Block {
  if (bytes.length > MAX_IDENTIFIER) {
    throw unwritable(what, `${bytes.length} octets, at most ${MAX_IDENTIFIER} fit`);
  }
  return octets(bytes);
}

function ruleBlock(rule: AccessControlRule): Block {
  const set = MODES.flatMap((mode, bit) => (rule.mode[mode] ? [bit] : []));
  return sequence(bits(set), conditionBlock(rule.condition, 0));
}

function conditionBlock(condition: SecurityCondition, depth: number): Block {
  if (depth > MAX_CONDITION_DEPTH) throw unwritable('accessControlRules', 'conditions nested too deeply');
  const inner = (of: SecurityCondition) => conditionBlock(of, depth + 1);
  switch (condition.kind) {
    case 'authId':
      return identifier(condition.authId, 'authId');
    case 'not':
      return context(0, inner(condition.of));
    case 'and':
      return context(1, ...condition.of.map(inner));
    case 'or':
      return context(2, ...condition.of.map(inner));
    case 'opaque':
      return oneValue(condition.der, 'security condition');
  }
}
