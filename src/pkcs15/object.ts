/** What every object of a directory file starts with: common, class, sub-class and type attributes (PKCS#15 v1.1 §6.1.7). */
import { type Node, parseNode } from './asn1.js';
import { commonObjectAttributes, readCommonObjectAttributes } from './attributes.js';
import type { ReadContext } from './context.js';
import { type Frame, frameContent } from './framing.js';
import type { CommonObjectAttributes } from './types.js';
import { type Block, context } from './write.js';

const SEQUENCE = 0x30;
const SUBCLASS = 0xa0;
const TYPE = 0xa1;

export interface ObjectParts {
  readonly common: CommonObjectAttributes;
  readonly classAttributes: Node;
  /** [1], whose content is the type attributes with their own tag. */
  readonly type: Frame;
}

/** @throws DataError `DATA_PKCS15` if a mandatory part is missing or cannot be read */
export function readObject(frame: Frame, context: ReadContext): ObjectParts {
  const [commonPart, classPart, ...others] = frameContent(frame, context);
  if (commonPart?.tag !== SEQUENCE) {
    throw context.broken(frame.offset, 'common object attributes are missing');
  }
  if (classPart?.tag !== SEQUENCE) throw context.broken(frame.offset, 'class attributes are missing');
  const type = others.find(({ tag }) => tag === TYPE);
  if (type === undefined) throw context.broken(frame.offset, 'type attributes [1] are missing');
  for (const { tag, offset } of others.filter((other) => other !== type)) {
    const what = tag === SUBCLASS ? 'sub-class attributes are' : 'element of an object is';
    context.note('info', 'unknown-element', offset, `${what} not interpreted`);
  }
  return {
    common: readCommonObjectAttributes(parseNode(commonPart.der, commonPart.offset, context), context),
    classAttributes: parseNode(classPart.der, classPart.offset, context),
    type,
  };
}

/**
 * The parts of an object for its SEQUENCE (or [n] IMPLICIT). [1] is explicit although the module has implicit tags:
 * the type attributes are a parameter of the object type, and such a tag never replaces another (X.680 §31.2.7).
 */
export function objectParts(
  common: CommonObjectAttributes,
  classAttributes: Block,
  typeAttributes: Block,
): readonly Block[] {
  return [commonObjectAttributes(common), classAttributes, context(1, typeAttributes)];
}
