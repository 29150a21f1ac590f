/** EF(AODF) (PKCS#15 v1.1 §6.9): which PIN protects an object, and how it is presented. */
import { concat, fromHex } from '../bytes/index.js';
import { Fields, type Node, parseNode, readBits, readText, readUnsigned } from './asn1.js';
import { identifier } from './attributes.js';
import { fileCodec } from './codec.js';
import { ReadContext } from './context.js';
import { type Frame, frameContent, frameEntries } from './framing.js';
import { objectParts, readObject } from './object.js';
import { pathBlock, readPath } from './path.js';
import type {
  AuthObject,
  Decoded,
  NewAuthObject,
  NewOpaqueAuthObject,
  NewPinObject,
  PinFlag,
  PinType,
} from './types.js';
import { PIN_FLAGS, PIN_TYPES } from './types.js';
import {
  ascii,
  type Block,
  bits,
  der,
  enumerated,
  implicit,
  integer,
  octets,
  oneValue,
  sequence,
  unwritable,
} from './write.js';

const PIN = 0x30;
const OTHERS: Readonly<Record<number, NewOpaqueAuthObject['form']>> = {
  160: 'biometric',
  161: 'authKey',
  162: 'external',
};
/** UTC, seconds, no zeros at the end of a fraction (X.690 §11.7). */
const GENERALIZED_TIME = /^\d{14}(\.\d*[1-9])?Z$/;

/** Reads EF(AODF) as cards have it; never throws, findings tell what is odd or unreadable. */
export function decodeAodf(bytes: Uint8Array): Decoded<readonly AuthObject[]> {
  const context = new ReadContext('EF(AODF)');
  const { frames, end } = frameEntries(bytes, context);
  const entries = frames.map((frame): AuthObject => {
    const { der, offset } = frame;
    if (frame.tag === PIN) {
      const pin = context.attempt(offset, () => readPin(frame, context));
      return pin ? { ...pin, der, offset } : { form: 'unknown', bytes: der, der, offset };
    }
    context.note('info', 'entry-not-interpreted', offset, 'authentication object that is not a PIN');
    return { form: OTHERS[frame.tag] ?? 'unknown', bytes: der, der, offset };
  });
  return { entries, findings: context.findings, end };
}

function readPin(frame: Frame, context: ReadContext): NewPinObject {
  const { common, classAttributes, type } = readObject(frame, context);
  const classFields = new Fields(classAttributes.children, context);
  const authId = classFields.require(0x04, 'authId', classAttributes);
  classFields.ignoreRest();
  return {
    form: 'pin',
    common,
    authId: authId.content,
    ...readPinAttributes(pinAttributesNode(type, context), context),
  };
}

function pinAttributesNode(type: Frame, context: ReadContext): Node {
  const [attributes] = frameContent(type, context);
  if (attributes?.tag === 0x30) return parseNode(attributes.der, attributes.offset, context);
  if (attributes?.tag !== 0x03) throw context.broken(type.offset, 'PIN attributes are missing');
  const message = 'type attributes without their own tag inside [1]';
  context.note('warning', 'type-attributes-implicit', type.offset, message);
  return parseNode(type.der, type.offset, context);
}

function readPinAttributes(
  node: Node,
  context: ReadContext,
): Omit<NewPinObject, 'form' | 'common' | 'authId'> {
  const fields = new Fields(node.children, context);
  const flags = readBits(fields.require(0x03, 'PIN flags', node), context);
  const type = fields.require(0x0a, 'PIN type', node);
  const minLength = fields.require(0x02, 'minimum length', node);
  const storedLength = fields.require(0x02, 'stored length', node);
  const maxLength = fields.take(0x02);
  const reference = fields.take(0x80);
  const padChar = fields.take(0x04);
  const lastChange = fields.take(0x18);
  const path = fields.take(0x30);
  fields.ignoreRest();
  return {
    pinFlags: flags.flatMap((bit): PinFlag[] => (PIN_FLAGS[bit] ? [PIN_FLAGS[bit]] : [])),
    pinType: readPinType(type, context),
    minLength: readUnsigned(minLength, context),
    storedLength: readUnsigned(storedLength, context),
    ...(maxLength && { maxLength: readUnsigned(maxLength, context) }),
    pinReference: reference ? readUnsigned(reference, context) : 0,
    ...(padChar && readPadChar(padChar, context)),
    ...(lastChange && { lastPinChange: readText(lastChange, context) }),
    ...(path && { path: readPath(path, context) }),
  };
}

function readPinType(node: Node, context: ReadContext): PinType {
  const type = PIN_TYPES[readUnsigned(node, context)];
  if (type === undefined) throw context.broken(node.offset, 'unknown PIN type');
  return type;
}

function readPadChar(node: Node, context: ReadContext): { padChar?: number } {
  const [padChar, ...more] = node.content;
  if (padChar !== undefined && more.length === 0) return { padChar };
  context.note('warning', 'pad-char', node.offset, 'pad character is not one octet and is not read');
  return {};
}

/**
 * The octets of one EF(AODF) entry.
 *
 * @throws DataError `DATA_PKCS15`
 */
export function encodeAuthObject(object: NewAuthObject): Uint8Array {
  if (object.form !== 'pin') {
    const tag = Object.keys(OTHERS).find((key) => OTHERS[Number(key)] === object.form);
    return der(
      oneValue(object.bytes, 'authentication object', tag === undefined ? undefined : [Number(tag)]),
    );
  }
  const classAttributes = sequence(identifier(object.authId, 'authId'));
  return der(sequence(...objectParts(object.common, classAttributes, pinAttributes(object))));
}

function pinAttributes(pin: NewPinObject): Block {
  const length = (value: number | undefined, what: string) =>
    value === undefined ? undefined : integer(value, what, 0, 255);
  return sequence(
    bits(pin.pinFlags.map(flagBit)),
    enumerated(PIN_TYPES.indexOf(pin.pinType)),
    length(pin.minLength, 'minLength'),
    length(pin.storedLength, 'storedLength'),
    length(pin.maxLength, 'maxLength'),
    pin.pinReference === 0 ? undefined : implicit(0, integer(pin.pinReference, 'pinReference', 0, 255)),
    pin.padChar === undefined ? undefined : octets(Uint8Array.of(pin.padChar)),
    pin.lastPinChange === undefined
      ? undefined
      : ascii(24, pin.lastPinChange, GENERALIZED_TIME, 'lastPinChange'),
    pin.path && pathBlock(pin.path),
  );
}

function flagBit(flag: PinFlag): number {
  const bit = PIN_FLAGS.indexOf(flag);
  if (bit < 0) throw unwritable('pinFlags', `"${flag}" is not a PIN flag`);
  return bit;
}

/** EF(AODF) without padding. `decode` refuses a file with an unreadable entry; `decodeAodf` shows the rest of it. */
export const EF_AODF = fileCodec<readonly NewAuthObject[], readonly AuthObject[]>(
  'EF_AODF',
  decodeAodf,
  (objects) => concat(...objects.map(encodeAuthObject)),
  [
    {
      hex: '302B300A0C0450494E31030207803003040101A11830160302020C0A01010201040201080201088001010401FF',
      value: [
        {
          form: 'pin',
          common: { label: 'PIN1', flags: { private: true, modifiable: false } },
          authId: fromHex('01'),
          pinFlags: ['initialized', 'needsPadding'],
          pinType: 'ascii-numeric',
          minLength: 4,
          storedLength: 8,
          maxLength: 8,
          pinReference: 1,
          padChar: 0xff,
        },
      ],
      source: 'PKCS#15 v1.1 §6.9',
    },
    {
      hex: 'A0023000',
      value: [{ form: 'biometric', bytes: fromHex('A0023000') }],
      source: 'PKCS#15 v1.1 §6.9; an authentication object that is not a PIN',
    },
  ],
);
