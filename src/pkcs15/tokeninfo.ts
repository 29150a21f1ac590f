/** EF(TokenInfo) (PKCS#15 v1.1 §6.10): serial number, names and flags of the card. */
import { fromHex } from '../bytes/index.js';
import { type Node, parseNode, readBits, readText, readUnsigned } from './asn1.js';
import { fileCodec } from './codec.js';
import { ReadContext } from './context.js';
import { type Frame, frameContent, frameEntries, joinFrames } from './framing.js';
import type { Decoded, TokenFlags, TokenInfo } from './types.js';
import { anyValues, bits, der, implicit, integer, octets, sequence, utf8 } from './write.js';

const FLAGS = ['readonly', 'loginRequired', 'prnGeneration', 'eidCompliant'] as const;

/** Reads EF(TokenInfo) as cards have it; never throws. `entries` is undefined where nothing can be read. */
export function decodeTokenInfo(bytes: Uint8Array): Decoded<TokenInfo | undefined> {
  const context = new ReadContext('EF(TokenInfo)');
  const { frames, end } = frameEntries(bytes, context);
  const [frame, ...more] = frames;
  for (const { offset } of more) {
    context.note('info', 'entry-not-interpreted', offset, 'object after the TokenInfo');
  }
  const entries = frame && context.attempt(frame.offset, () => readTokenInfo(frame, context));
  return { entries, findings: context.findings, end };
}

function readTokenInfo(frame: Frame, context: ReadContext): TokenInfo {
  if (frame.tag !== 0x30) throw context.broken(frame.offset, 'TokenInfo is not a SEQUENCE');
  const left = [...frameContent(frame, context)];
  const take = (tag: number): Node | undefined => {
    if (left[0]?.tag !== tag) return undefined;
    const { der, offset } = left.shift()!;
    return parseNode(der, offset, context);
  };
  const version = take(0x02);
  if (version === undefined) throw context.broken(frame.offset, 'version is missing');
  const serial = take(0x04);
  if (serial === undefined) {
    context.note('warning', 'serial-number-missing', frame.offset, 'TokenInfo without a serial number');
  }
  const manufacturer = take(0x0c);
  const label = take(0x80);
  const flags = take(0x03);
  if (flags === undefined) throw context.broken(frame.offset, 'token flags are missing');
  return {
    version: readUnsigned(version, context),
    serialNumber: serial?.content ?? new Uint8Array(0),
    ...(manufacturer && { manufacturer: readText(manufacturer, context) }),
    ...(label && { label: readText(label, context) }),
    flags: readFlags(flags, context),
    ...(left.length > 0 && { other: joinFrames(left) }),
  };
}

function readFlags(node: Node, context: ReadContext): TokenFlags {
  const set = readBits(node, context);
  if (set.some((bit) => bit >= FLAGS.length)) {
    context.note('info', 'flags-unknown', node.offset, 'token flags beyond eidCompliant');
  }
  return {
    readonly: set.includes(0),
    loginRequired: set.includes(1),
    prnGeneration: set.includes(2),
    eidCompliant: set.includes(3),
  };
}

/**
 * The octets of EF(TokenInfo) without padding.
 *
 * @throws DataError `DATA_PKCS15`
 */
export function encodeTokenInfo(info: TokenInfo): Uint8Array {
  return der(
    sequence(
      integer(info.version, 'version', 0, 255),
      octets(info.serialNumber),
      info.manufacturer === undefined ? undefined : utf8(info.manufacturer, 'manufacturer'),
      info.label === undefined ? undefined : implicit(0, utf8(info.label, 'label')),
      bits(FLAGS.flatMap((flag, bit) => (info.flags[flag] ? [bit] : []))),
      info.other && anyValues(info.other, 'other'),
    ),
  );
}

/** EF(TokenInfo) without padding. */
export const EF_TOKENINFO = fileCodec<TokenInfo, TokenInfo>(
  'EF_TOKENINFO',
  decodeTokenInfo,
  encodeTokenInfo,
  [
    {
      hex: '3025020100040A8939012345678901234F0C034F4D41800C444D20426F6F747374726170030100',
      value: {
        version: 0,
        serialNumber: fromHex('8939012345678901234F'),
        manufacturer: 'OMA',
        label: 'DM Bootstrap',
        flags: { readonly: false, loginRequired: false, prnGeneration: false, eidCompliant: false },
      },
      source: 'PKCS#15 v1.1 §6.10',
    },
    {
      hex: '300A02010004010103020780',
      value: {
        version: 0,
        serialNumber: fromHex('01'),
        flags: { readonly: true, loginRequired: false, prnGeneration: false, eidCompliant: false },
      },
      source: 'PKCS#15 v1.1 §6.10',
    },
  ],
);
