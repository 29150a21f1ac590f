/** From a profile to files and PINs as a card leaves the factory. */
import { concat, encodeIccid, encodeImsi, encodeUtf8, fromHex, padEnd } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import type { Df, Ef, EfStructure, FileNode } from '../files/node.js';
import { FID_MF } from '../files/node.js';
import { type Pin, PinStore } from '../security/pins.js';
import { AttributeWriter } from './attributes.js';
import type { Profile } from './load.js';
import type { FileProfile, PinProfile } from './schema.js';

const PIN_LENGTH = 8;

export interface BuiltCard {
  readonly mf: Df;
  readonly pins: PinStore;
}

/**
 * A fresh card of the profile.
 *
 * @throws UsageError `USAGE_PROFILE_INVALID` with the path of a file that contradicts itself
 */
export function buildCard(profile: Profile): BuiltCard {
  const { data } = profile;
  const pins = new PinStore(
    Object.entries(data.pins).map(([name, pin]) => {
      const by = pin.unblockBy === undefined ? undefined : data.pins[pin.unblockBy];
      return buildPin(name, pin, by);
    }),
  );
  const references = new Map(pins.pins.map((pin) => [pin.name, pin.reference]));
  const attributes = new AttributeWriter(data, references);
  const pinList = (names: readonly string[]) => names.map((name) => attributes.keyOf(name));
  const mf: Df = {
    kind: 'df',
    fid: FID_MF,
    name: 'MF',
    parent: undefined,
    state: 'activated',
    security: attributes.forFile(data.root.rule, 'df', ['2F06']),
    aid: undefined,
    pins: pinList(data.pinStatus),
    totalSize: undefined,
    children: [],
  };
  const builder = { attributes, pinList, inheritedPins: data.pinStatus };
  if (attributes.needsArr) mf.children.push(attributes.arrFile(mf, 0x2f06));
  for (const [key, file] of Object.entries(data.root.files)) {
    mf.children.push(buildFile(key, file, mf, builder, ['2F06'], `3F00/${key}`));
  }
  return { mf, pins };
}

interface Builder {
  readonly attributes: AttributeWriter;
  readonly pinList: (names: readonly string[]) => number[];
  readonly inheritedPins: readonly string[];
}

function buildFile(
  key: string,
  file: FileProfile,
  parent: Df,
  builder: Builder,
  arr: readonly string[],
  path: string,
): FileNode {
  try {
    return file.files === undefined && file.aid === undefined
      ? buildEf(key, file, parent, builder, arr)
      : buildDf(key, file, parent, builder, arr, path);
  } catch (cause) {
    if (!(cause instanceof Error) || (cause instanceof UsageError && cause.details.path !== undefined))
      throw cause;
    throw new UsageError('USAGE_PROFILE_INVALID', `profile, file ${path}: ${cause.message}`, {
      cause,
      details: { path },
    });
  }
}

function buildDf(
  key: string,
  file: FileProfile,
  parent: Df,
  builder: Builder,
  arr: readonly string[],
  path: string,
): Df {
  const { attributes } = builder;
  const pins = file.pins ?? builder.inheritedPins;
  const df: Df = {
    kind: 'df',
    fid: fidOf(key),
    name: file.name,
    parent,
    state: file.state,
    security: attributes.forFile(file.rule, 'df', arr, file.security),
    aid: file.aid === undefined ? undefined : fromHex(file.aid),
    pins: builder.pinList(pins),
    totalSize: file.totalSize,
    children: [],
  };
  if (df.fid === undefined && df.aid === undefined)
    throw new UsageError('USAGE_PROFILE_INVALID', 'an ADF has an aid');
  if (file.arr !== undefined && attributes.needsArr) {
    df.children.push(attributes.arrFile(df, Number.parseInt(file.arr, 16)));
  }
  const arrBelow = file.arr === undefined ? arr : [file.arr];
  const below = { ...builder, inheritedPins: pins };
  for (const [childKey, child] of Object.entries(file.files ?? {})) {
    df.children.push(buildFile(childKey, child, df, below, arrBelow, `${path}/${childKey}`));
  }
  return df;
}

function buildEf(key: string, file: FileProfile, parent: Df, builder: Builder, arr: readonly string[]): Ef {
  const fid = fidOf(key);
  if (fid === undefined) throw new UsageError('USAGE_PROFILE_INVALID', 'an ADF has files');
  const structure = structureOf(file);
  const recordLength = structure === 'transparent' ? 0 : recordLengthOf(file);
  return {
    kind: 'ef',
    fid,
    name: file.name,
    parent,
    state: file.state,
    security: builder.attributes.forFile(file.rule, 'ef', arr, file.security),
    structure,
    content: structure === 'transparent' ? transparentContent(file) : recordContent(file, recordLength),
    recordLength,
    sfi: file.sfi,
  };
}

function structureOf(file: FileProfile): EfStructure {
  if (file.structure !== undefined) return file.structure;
  return file.records === undefined && file.recordLength === undefined ? 'transparent' : 'linear';
}

function recordLengthOf(file: FileProfile): number {
  const longest = Math.max(0, ...(file.records ?? []).map((record) => record.length / 2));
  const length = file.recordLength ?? longest;
  if (length === 0 || length > 255 || longest > length) {
    throw new UsageError(
      'USAGE_PROFILE_INVALID',
      `a record of ${longest} octets where records have ${length}`,
    );
  }
  return length;
}

function transparentContent(file: FileProfile): Uint8Array {
  const content = givenContent(file);
  const size = file.size ?? content.length;
  if (size === 0 || content.length > size) {
    throw new UsageError('USAGE_PROFILE_INVALID', `${content.length} octets of content in a file of ${size}`);
  }
  return padEnd(content, size, file.fill).slice();
}

function givenContent(file: FileProfile): Uint8Array {
  if (file.iccid !== undefined) return encodeIccid(file.iccid);
  if (file.imsi !== undefined) return encodeImsi(file.imsi);
  if (file.text !== undefined) return encodeUtf8(file.text);
  return fromHex(file.hex ?? '');
}

function recordContent(file: FileProfile, recordLength: number): Uint8Array {
  const given = (file.records ?? []).map((record) => padEnd(fromHex(record), recordLength, file.fill));
  const count = Math.max(file.recordCount ?? given.length, given.length);
  if (count === 0 || count > 254)
    throw new UsageError('USAGE_PROFILE_INVALID', `${count} records, not 1 to 254`);
  const blank = new Uint8Array((count - given.length) * recordLength).fill(file.fill);
  return concat(...given, blank);
}

function fidOf(key: string): number | undefined {
  return /^[0-9A-F]{4}$/.test(key) ? Number.parseInt(key, 16) : undefined;
}

function buildPin(name: string, pin: PinProfile, unblockedBy: PinProfile | undefined): Pin {
  if (pin.unblockBy !== undefined && unblockedBy === undefined) {
    throw new UsageError('USAGE_PROFILE_INVALID', `PIN ${name}: there is no ${pin.unblockBy} to unblock it`);
  }
  const unblockValue =
    unblockedBy !== undefined
      ? pinValue(pin.unblockBy!, unblockedBy)
      : pin.unblock === undefined
        ? undefined
        : padEnd(encodeUtf8(pin.unblock), PIN_LENGTH).slice();
  return {
    name,
    reference: pin.reference,
    reference2g: pin.reference2g ?? (pin.reference === 0x81 ? 0x02 : pin.reference),
    value: pinValue(name, pin),
    enabled: pin.enabled,
    canDisable: pin.canDisable,
    tries: pin.tries,
    maxTries: pin.tries,
    unblockValue,
    unblockBy: pin.unblockBy,
    unblockTries: unblockValue === undefined ? 0 : pin.unblockTries,
    maxUnblockTries: pin.unblockTries,
    replaced: pin.replaced,
    verified: false,
  };
}

function pinValue(name: string, pin: PinProfile): Uint8Array {
  const value = pin.hex === undefined ? encodeUtf8(pin.value ?? '') : fromHex(pin.hex);
  if (value.length === 0 || value.length > PIN_LENGTH) {
    throw new UsageError('USAGE_PROFILE_INVALID', `PIN ${name}: a value of one to eight octets is needed`);
  }
  return padEnd(value, PIN_LENGTH).slice();
}
