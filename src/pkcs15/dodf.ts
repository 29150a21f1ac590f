/** EF(DODF) (PKCS#15 v1.1 §6.8; DM 2.0 G.4.2): the data objects, among them the one that leads to EF DM_Bootstrap. */
import { concat, fromHex } from '../bytes/index.js';
import { Fields, type Node, readOid } from './asn1.js';
import { readLabel } from './attributes.js';
import { fileCodec } from './codec.js';
import { ReadContext } from './context.js';
import { type Frame, frameEntries } from './framing.js';
import { objectParts, readObject } from './object.js';
import type { DataObject, DataObjectForm, Decoded, NewDataObject } from './types.js';
import { OID_DM_BOOTSTRAP } from './types.js';
import { readOidValue, readOpaqueValue, valueBlock } from './value.js';
import { type Block, context, der, octets, oid, oneValue, sequence, unwritable, utf8 } from './write.js';

const FORMS: Readonly<Record<number, DataObjectForm>> = { 48: 'opaqueDO', 160: 'externalIDO', 161: 'oidDO' };

/**
 * Reads EF(DODF) as cards have it; never throws, findings tell what is odd or unreadable.
 *
 * @example
 * const { entries, findings, end } = decodeDodf(fromHex('3003020101FFFF'));
 * [entries[0]?.form, findings[0]?.severity, end] // → ['unknown', 'error', 5]
 */
export function decodeDodf(bytes: Uint8Array): Decoded<readonly DataObject[]> {
  const context = new ReadContext('EF(DODF)');
  const { frames, end } = frameEntries(bytes, context);
  const entries = frames.map((frame): DataObject => {
    const read = context.attempt(frame.offset, () => readDataObject(frame, context));
    return { ...(read ?? opaque('unknown', frame)), der: frame.der, offset: frame.offset };
  });
  return { entries, findings: context.findings, end };
}

function opaque(form: DataObjectForm, frame: Frame): NewDataObject {
  return { form, common: {}, value: { kind: 'opaque', bytes: frame.der } };
}

function readDataObject(frame: Frame, context: ReadContext): NewDataObject {
  const form = FORMS[frame.tag] ?? 'unknown';
  if (form === 'unknown' || form === 'externalIDO') {
    context.note(
      'info',
      'entry-not-interpreted',
      frame.offset,
      'data object of a form that is not interpreted',
    );
    return opaque(form, frame);
  }
  const { common, classAttributes, type } = readObject(frame, context);
  const { classOid, ...names } = readClassAttributes(classAttributes, context);
  if (common.flags?.private && common.authId === undefined) {
    const { offset } = frame;
    context.note('warning', 'private-without-authid', offset, 'private object that names no PIN (authId)');
  }
  if (form === 'opaqueDO') {
    const applicationOid = classOid === undefined ? {} : { applicationOid: classOid };
    return { form, common, ...names, ...applicationOid, value: readOpaqueValue(type, context) };
  }
  context.note('info', 'oid-do', frame.offset, 'oidDO, where an opaqueDO is expected (DM 2.0 G.1)');
  const { id, value } = readOidValue(type, context);
  return { form, common, ...names, ...(classOid && { classOid }), applicationOid: id, value };
}

interface ClassAttributes extends Pick<NewDataObject, 'applicationName' | 'identifier'> {
  readonly classOid?: string;
}

function readClassAttributes(node: Node, context: ReadContext): ClassAttributes {
  if (node.children.length === 0) {
    context.note('info', 'attributes-empty', node.offset, 'class attributes without any element');
  }
  const fields = new Fields(node.children, context);
  const name = fields.take(0x0c, 0x13, 0x16);
  const applicationOid = fields.take(0x06);
  const identifier = fields.take(0x04);
  fields.ignoreRest();
  return {
    ...(name && { applicationName: readLabel(name, context) }),
    ...(applicationOid && { classOid: readOid(applicationOid, context) }),
    ...(identifier && { identifier: identifier.content }),
  };
}

/**
 * The octets of one EF(DODF) entry.
 *
 * @throws DataError `DATA_PKCS15`
 * @example
 * const object: NewDataObject = {
 *   form: 'opaqueDO',
 *   common: { label: 'DM Bootstrap' },
 *   applicationOid: OID_DM_BOOTSTRAP,
 *   value: { kind: 'indirect', path: { path: [0x6431] } },
 * };
 * decodeDodf(encodeDataObject(object)).entries[0]?.common.label // → 'DM Bootstrap'
 */
export function encodeDataObject(object: NewDataObject): Uint8Array {
  const { form, common, value } = object;
  if (form === 'externalIDO' || form === 'unknown') {
    if (value.kind !== 'opaque') throw unwritable('data object', `${form} is written from its octets only`);
    return der(oneValue(value.bytes, 'data object', form === 'externalIDO' ? [0xa0] : undefined));
  }
  if (form === 'opaqueDO') {
    const classAttributes = classBlock(object, object.applicationOid);
    return der(sequence(...objectParts(common, classAttributes, valueBlock(value))));
  }
  if (object.applicationOid === undefined) throw unwritable('oidDO', 'has no object identifier');
  const typeAttributes = sequence(oid(object.applicationOid, 'applicationOid'), valueBlock(value));
  return der(context(1, ...objectParts(common, classBlock(object, object.classOid), typeAttributes)));
}

function classBlock(object: NewDataObject, applicationOid: string | undefined): Block {
  const { applicationName, identifier } = object;
  if (applicationName === undefined && applicationOid === undefined) {
    throw unwritable('data object', 'needs an application name or an application OID');
  }
  return sequence(
    applicationName === undefined ? undefined : utf8(applicationName, 'applicationName'),
    applicationOid === undefined ? undefined : oid(applicationOid, 'applicationOid'),
    identifier && octets(identifier),
  );
}

const source = 'PKCS#15 v1.1 §6.8, DM 2.0 G.4.2';
const value = { kind: 'indirect', path: { path: [0x6430] } } as const;
const common = { label: 'DM Bootstrap', flags: { private: true, modifiable: false }, authId: fromHex('01') };

/** EF(DODF) without padding. `decode` refuses a file with an unreadable entry; `decodeDodf` shows the rest of it. */
export const EF_DODF = fileCodec<readonly NewDataObject[], readonly DataObject[]>(
  'EF_DODF',
  decodeDodf,
  (objects) => concat(...objects.map(encodeDataObject)),
  [
    {
      hex: '302730150C0C444D20426F6F7473747261700302078004010130060604672B0701A106300404026430',
      value: [{ form: 'opaqueDO', common, applicationOid: OID_DM_BOOTSTRAP, value }],
      source,
    },
    {
      hex: 'A1243000300E0C0C444D20426F6F747374726170A110300E06060604672B0701300404026430FF',
      value: [
        {
          form: 'oidDO',
          common: {},
          applicationName: 'DM Bootstrap',
          applicationOid: OID_DM_BOOTSTRAP,
          value,
        },
      ],
      source: `${source}; oidDO, no common attributes, the OID inside another OID, padding`,
      decodeOnly: true,
    },
  ],
);

/**
 * The data objects that lead to a DM bootstrap: opaqueDO with its OID in the class attributes, or oidDO.
 *
 * @example
 * const { entries } = decodeDodf(fromHex('3020300E0C0C444D20426F6F747374726170 3006 0604672B0701 A106 3004 0402 6431'));
 * findDmBootstrapObjects(entries).length // → 1
 */
export function findDmBootstrapObjects(objects: readonly DataObject[]): readonly DataObject[] {
  return objects.filter(
    ({ applicationOid, classOid }) => applicationOid === OID_DM_BOOTSTRAP || classOid === OID_DM_BOOTSTRAP,
  );
}
