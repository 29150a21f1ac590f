/** ObjectValue (PKCS#15 v1.1 §6.1.7): a path, a URL, the value itself, or an enveloped one. */
import { type Node, parseNode, readOid, readText } from './asn1.js';
import type { ReadContext } from './context.js';
import { type Frame, frameContent } from './framing.js';
import { pathBlock, readPath } from './path.js';
import type { ObjectValue } from './types.js';
import { anyValues, ascii, type Block, context, oneValue, unwritable } from './write.js';

const SEQUENCE = 0x30;
const OID = 0x06;
const OCTETS = 0x04;
const PRINTABLE = 0x13;
const IA5 = 0x16;
const DIRECT = 0xa0;
const PROTECTED = [0xa1, 0xa2];
const URL_WITH_DIGEST = 0xa3;
const PRINTABLE_STRING = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const IMPLICIT = 'type attributes without their own tag inside [1]';

/**
 * Type attributes of an opaqueDO.
 *
 * @param type the [1] around them
 * @throws DataError `DATA_PKCS15`
 */
export function readOpaqueValue(type: Frame, context: ReadContext): ObjectValue {
  const parts = frameContent(type, context);
  if (parts[0]?.tag === OCTETS) {
    context.note('warning', 'type-attributes-implicit', type.offset, IMPLICIT);
    return { kind: 'indirect', path: readPath(parseNode(type.der, type.offset, context), context) };
  }
  return readChoice(parts, type, context);
}

/**
 * Type attributes of an oidDO: its identifier, then the value.
 *
 * @throws DataError `DATA_PKCS15`
 */
export function readOidValue(type: Frame, context: ReadContext): { id: string; value: ObjectValue } {
  const parts = frameContent(type, context);
  const implicit = parts[0]?.tag === OID;
  if (implicit) context.note('warning', 'type-attributes-implicit', type.offset, IMPLICIT);
  if (!implicit && parts[0]?.tag !== SEQUENCE) {
    throw context.broken(type.offset, 'oidDO without a sequence of OID and value');
  }
  const [id, ...value] = implicit ? parts : frameContent(parts[0]!, context);
  if (id?.tag !== OID) throw context.broken(type.offset, 'oidDO without its OID');
  return {
    id: readOid(parseNode(id.der, id.offset, context), context),
    value: readChoice(value, type, context),
  };
}

function readChoice(parts: readonly Frame[], type: Frame, context: ReadContext): ObjectValue {
  const [choice, ...more] = parts;
  if (choice === undefined) throw context.broken(type.offset, 'object value is missing');
  for (const { offset } of more) {
    context.note('info', 'unknown-element', offset, 'element after the object value is not interpreted');
  }
  const node = (): Node => parseNode(choice.der, choice.offset, context);
  switch (choice.tag) {
    case SEQUENCE:
      return { kind: 'indirect', path: readPath(node(), context) };
    case PRINTABLE:
    case IA5:
      return { kind: 'url', url: readText(node(), context) };
    case URL_WITH_DIGEST:
      return readUrlWithDigest(node(), context);
    case DIRECT:
      return { kind: 'direct', bytes: choice.value };
    default:
      if (PROTECTED.includes(choice.tag)) return { kind: 'protected', bytes: choice.der };
      throw context.broken(choice.offset, 'object value is neither path, URL, direct nor protected');
  }
}

function readUrlWithDigest(node: Node, context: ReadContext): ObjectValue {
  const url = node.children.find(({ tag }) => tag === IA5);
  if (url === undefined) throw context.broken(node.offset, 'URL is missing');
  context.note('info', 'url-digest', node.offset, 'digest beside the URL is not interpreted');
  return { kind: 'url', url: readText(url, context) };
}

/** @throws DataError `DATA_PKCS15` for a value that cannot be written strictly */
export function valueBlock(value: ObjectValue): Block {
  switch (value.kind) {
    case 'indirect':
      return pathBlock(value.path);
    case 'url':
      return ascii(19, value.url, PRINTABLE_STRING, 'url');
    case 'direct':
      return context(0, anyValues(value.bytes, 'direct value'));
    case 'protected':
      return oneValue(value.bytes, 'protected value', PROTECTED);
    case 'opaque':
      throw unwritable(
        'data object',
        'a value that was not interpreted cannot be written in an opaqueDO or oidDO',
      );
  }
}
