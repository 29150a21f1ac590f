/** Application templates of EF(DIR) (PKCS#15 v1.1 §6.4; ISO/IEC 7816-4 §8.2.1; DM 2.0 G.1). */
import { equal, fromHex } from '../bytes/index.js';
import { Fields, type Node, parseNode, readOid, readText } from './asn1.js';
import { fileCodec } from './codec.js';
import { ReadContext } from './context.js';
import { type Frame, frameContent, frameEntries, isPadding, joinFrames } from './framing.js';
import { filePathOctets, implicitPath, isAbsolute, pathBlock, readFilePath, readPath } from './path.js';
import type { ApplicationTemplate, Decoded, DirDdo, NewApplicationTemplate } from './types.js';
import { AID_PKCS15, OID_DM_BOOTSTRAP } from './types.js';
import {
  anyValues,
  application,
  applicationOctets,
  type Block,
  der,
  labelOctets,
  oid,
  unwritable,
} from './write.js';

const TEMPLATE = 0x61;
const AID = 0x4f;
const LABEL = 0x50;
const PATH = 0x51;
const DDO = 0x73;
/** Tag numbers of the same objects in class APPLICATION. */
const NUMBER = { template: 1, aid: 15, label: 16, path: 17, ddo: 19 };
const MAX_AID = 16;
const RID_LENGTH = 5;

/**
 * The application templates in one record of EF(DIR), or in a transparent EF(DIR). Never throws; findings tell what is
 * odd or unreadable.
 *
 * @param file name for the findings, such as "EF(DIR) record 2"
 */
export function decodeDir(bytes: Uint8Array, file = 'EF(DIR)'): Decoded<readonly ApplicationTemplate[]> {
  const context = new ReadContext(file);
  const { frames, end } = frameEntries(bytes, context);
  const entries = frames.flatMap((frame): ApplicationTemplate[] => {
    if (frame.tag !== TEMPLATE) {
      context.note('warning', 'entry-not-interpreted', frame.offset, 'not an application template (tag 61)');
      return [];
    }
    const read = context.attempt(frame.offset, () => readTemplate(frame, context));
    return read ? [{ ...read, der: frame.der, offset: frame.offset }] : [];
  });
  return { entries, findings: context.findings, end };
}

function readTemplate(frame: Frame, context: ReadContext): NewApplicationTemplate {
  const left = [...frameContent(frame, context)];
  const take = (tag: number, when: (part: Frame) => boolean = () => true): Node | undefined => {
    const index = left.findIndex((part) => part.tag === tag && when(part));
    if (index < 0) return undefined;
    const [part] = left.splice(index, 1);
    return parseNode(part!.der, part!.offset, context);
  };
  const aid = take(AID);
  if (aid === undefined) throw context.broken(frame.offset, 'application template without an AID (tag 4F)');
  const label = take(LABEL);
  const path = take(PATH);
  // Only the PKCS#15 application needs a path (DM 2.0 G.1); a USIM is selected by AID (TS 102 221 §13.1).
  if (path === undefined && matchPkcs15Aid(aid.content)) {
    context.note('warning', 'dir-path-missing', frame.offset, 'application template without a path (tag 51)');
  }
  const ddo = take(DDO, (part) => part.value[0] === 0x06);
  return {
    aid: aid.content,
    ...(label && { label: readText(label, context) }),
    ...(path && { path: readFilePath(path.content, path.offset, context) }),
    ...(ddo && { ddo: readDdo(ddo, context) }),
    ...(left.length > 0 && { other: joinFrames(left) }),
  };
}

function readDdo(node: Node, context: ReadContext): DirDdo {
  const fields = new Fields(node.children, context);
  const id = fields.require(0x06, 'object identifier', node);
  const odfPath = fields.take(0x30);
  const tokenInfoPath = fields.take(0xa0);
  const unusedPath = fields.take(0xa1);
  fields.ignoreRest();
  return {
    oid: readOid(id, context),
    ...(odfPath && { odfPath: readPath(odfPath, context) }),
    ...(tokenInfoPath && { tokenInfoPath: readPath(tokenInfoPath, context) }),
    ...(unusedPath && { unusedPath: readPath(unusedPath, context) }),
  };
}

/**
 * The octets of one application template, without padding.
 *
 * @throws DataError `DATA_PKCS15`, also for a missing or relative path (DM 2.0 G.1, G.2.1)
 * @example
 * const template = { aid: AID_PKCS15, label: 'PKCS#15', path: [0x3f00, 0x7f50] };
 * encodeDirEntry(template).length // → 31
 * encodeDirEntry({ aid: AID_PKCS15 }) // throws DATA_PKCS15
 */
export function encodeDirEntry(template: NewApplicationTemplate): Uint8Array {
  const { aid, label, path, ddo, other } = template;
  if (aid.length < 1 || aid.length > MAX_AID) {
    throw unwritable('aid', `${aid.length} octets, where an AID has 1 to ${MAX_AID}`);
  }
  if (path === undefined || !isAbsolute(path)) {
    throw unwritable('path', 'an application template needs its path from 3F00 on (DM 2.0 G.1)');
  }
  return der(
    application(
      NUMBER.template,
      applicationOctets(NUMBER.aid, aid),
      label === undefined ? undefined : applicationOctets(NUMBER.label, labelOctets(label, 'label')),
      applicationOctets(NUMBER.path, filePathOctets(path)),
      ddo && ddoBlock(ddo),
      other && anyValues(other, 'other'),
    ),
  );
}

function ddoBlock(ddo: DirDdo): Block {
  return application(
    NUMBER.ddo,
    oid(ddo.oid, 'ddo oid'),
    ddo.odfPath && pathBlock(ddo.odfPath),
    ddo.tokenInfoPath && implicitPath(0, ddo.tokenInfoPath),
    ddo.unusedPath && implicitPath(1, ddo.unusedPath),
  );
}

/**
 * The first application template in one record of EF(DIR), which holds one. Never throws; `entries` is undefined where
 * the record is free or its template cannot be read.
 *
 * @param file name for the findings
 */
export function decodeDirRecord(
  bytes: Uint8Array,
  file = 'EF(DIR)',
): Decoded<ApplicationTemplate | undefined> {
  const { entries, findings, end } = decodeDir(bytes, file);
  const [template, second] = entries;
  if (second === undefined) return { entries: template, findings, end };
  const context = new ReadContext(file);
  context.note('warning', 'dir-second-template', second.offset, 'second application template in one record');
  return { entries: template, findings: [...findings, ...context.findings], end };
}

const source = 'PKCS#15 v1.1 §6.4, DM 2.0 G.1';
const path = [0x3f00, 0x7f50];

/** One EF(DIR) record without padding. */
export const EF_DIR_RECORD = fileCodec<NewApplicationTemplate, ApplicationTemplate>(
  'EF_DIR_RECORD',
  decodeDirRecord,
  encodeDirEntry,
  [
    {
      hex: '611D4F0CA000000063504B43532D31355007504B435323313551043F007F50',
      value: { aid: AID_PKCS15, label: 'PKCS#15', path },
      source,
    },
    {
      hex: '612F4F0CA000000063504B43532D31355007504B435323313551043F007F5073100604672B0701300804063F007F505031',
      value: {
        aid: AID_PKCS15,
        label: 'PKCS#15',
        path,
        ddo: { oid: OID_DM_BOOTSTRAP, odfPath: { path: [0x3f00, 0x7f50, 0x5031] } },
      },
      source,
    },
    {
      hex: '611A4F10A0000000871002FFFFFFFF89010000FF50065553494D3161FFFF',
      value: { aid: fromHex('A0000000871002FFFFFFFF89010000FF'), label: 'USIM1a' },
      source: 'TS 102 221 §13.1: another application, no path, padding',
      decodeOnly: true,
    },
  ],
);

/**
 * Whether an AID of EF(DIR) is that of PKCS#15: `exact`, `extended` by octets of its issuer, or `truncated` on the right
 * (TS 102 221 §11.1.1.4.4), which is as far as it goes ambiguous.
 *
 * @example matchPkcs15Aid(fromHex('A000000063504B43532D3135FF01')) // → 'extended'
 */
export function matchPkcs15Aid(aid: Uint8Array): 'exact' | 'extended' | 'truncated' | undefined {
  const common = Math.min(aid.length, AID_PKCS15.length);
  if (common <= RID_LENGTH || !equal(aid.subarray(0, common), AID_PKCS15.subarray(0, common)))
    return undefined;
  if (aid.length === AID_PKCS15.length) return 'exact';
  return aid.length > AID_PKCS15.length ? 'extended' : 'truncated';
}

/**
 * Whether a record of EF(DIR) belongs to nobody: padding only.
 *
 * @example isFreeDirRecord(fromHex('FFFFFFFF')) // → true
 */
export function isFreeDirRecord(record: Uint8Array): boolean {
  return record.every(isPadding);
}
