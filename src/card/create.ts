/** CREATE FILE parameters (TS 102 222 §6.3.2): an FCP template in the order of that clause. */
import { type Codec, concat, decodeTlvs, encodeTlv, findTlv, fromHex, uint16 } from '../bytes/index.js';
import { DataError, UsageError } from '../errors/index.js';
import type { FileInfo, FileSpec, SecurityAttributes } from './card.js';
import { decodeFcp } from './fcp.js';

const DESCRIPTOR = { df: [0x78, 0x21], transparent: [0x41, 0x21], 'linear-fixed': [0x42, 0x21] } as const;
const ACTIVATED = 0x05;

function encode(file: FileSpec): Uint8Array {
  const id = [encodeTlv(0x82, descriptorOf(file)), encodeTlv(0x83, uint16(file.fid))];
  const rules = [encodeTlv(0x8a, [ACTIVATED]), securityTlv(file.security)];
  if (file.kind === 'df') {
    return encodeTlv(
      0x62,
      ...id,
      ...(file.aid ? [encodeTlv(0x84, checkAid(file.aid))] : []),
      ...rules,
      encodeTlv(0x81, sizeOctets(file.totalSize)),
      ...(file.pinTemplate ? [encodeTlv(0xc6, file.pinTemplate)] : []),
    );
  }
  return encodeTlv(
    0x62,
    ...id,
    ...rules,
    encodeTlv(0x80, sizeOctets(file.size)),
    encodeTlv(0x88, file.sfi === undefined ? [] : [checkSfi(file.sfi) << 3]),
  );
}

function descriptorOf(file: FileSpec): Uint8Array {
  if (file.kind === 'df') return concat(DESCRIPTOR.df);
  if (file.structure === 'transparent') return concat(DESCRIPTOR.transparent);
  const length = file.recordLength ?? 0;
  const fits = Number.isInteger(length) && length >= 1 && length <= 255 && file.size % length === 0;
  if (!fits || file.size / length > 254 || file.size < length) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `${file.size} octets are not 1 to 254 records of ${length} octets (1 to 255)`,
    );
  }
  return concat(DESCRIPTOR['linear-fixed'], uint16(length));
}

function securityTlv(security: SecurityAttributes): Uint8Array {
  if ('tag' in security) return encodeTlv(security.tag, security.bytes);
  throw new UsageError('USAGE_ARGUMENT', 'a file to create needs access rules in form 8B, 8C or AB');
}

function sizeOctets(size: number): Uint8Array {
  if (!Number.isInteger(size) || size < 1 || size > 0xffff) {
    throw new UsageError('USAGE_ARGUMENT', `a file size of ${size} is outside 1 to 65535 octets`);
  }
  return uint16(size);
}

function checkAid(aid: Uint8Array): Uint8Array {
  if (aid.length >= 5 && aid.length <= 16) return aid;
  throw new UsageError('USAGE_ARGUMENT', `an AID has 5 to 16 octets, not ${aid.length}`);
}

function checkSfi(sfi: number): number {
  if (Number.isInteger(sfi) && sfi >= 1 && sfi <= 30) return sfi;
  throw new UsageError('USAGE_ARGUMENT', `an SFI is 1 to 30, not ${sfi}`);
}

function decode(bytes: Uint8Array): FileSpec {
  const info = decodeFcp(bytes);
  const { fid, size, security } = info;
  const problem = info.problems?.[0] ?? missing(info);
  if (problem !== undefined || fid === undefined || size === undefined) {
    throw new DataError('DATA_FCP', `not the parameters of a file to create: ${problem}`);
  }
  if (info.kind !== 'ef') {
    const aid = info.aid ? { aid: info.aid } : {};
    const pins = pinTemplateOf(bytes);
    return { kind: 'df', fid, ...aid, security, totalSize: size, ...(pins ? { pinTemplate: pins } : {}) };
  }
  return {
    kind: 'ef',
    fid,
    structure: info.structure as 'transparent' | 'linear-fixed',
    size,
    ...(info.recordLength === undefined ? {} : { recordLength: info.recordLength }),
    ...(info.sfi === undefined ? {} : { sfi: info.sfi }),
    security,
  };
}

function missing(info: FileInfo): string | undefined {
  if (info.fid === undefined) return 'no file identifier (83)';
  if (info.size === undefined) return 'no size (80, 81)';
  if (info.security.form === 'none') return 'no access rules (8B, 8C, AB)';
  const creatable =
    info.kind !== 'ef' || info.structure === 'transparent' || info.structure === 'linear-fixed';
  return creatable ? undefined : `structure ${info.structure}`;
}

/** The raw C6 of a template that decoded without a problem. */
function pinTemplateOf(bytes: Uint8Array): Uint8Array | undefined {
  const outer = decodeTlvs(bytes)[0];
  return outer && findTlv(decodeTlvs(outer.value), 0xc6)?.value;
}

const REFERENCED = (hex: string): SecurityAttributes => ({
  form: 'referenced',
  tag: 0x8b,
  bytes: fromHex(hex),
});

/** The data field of CREATE FILE. The decoder is strict: a template with a problem is refused. */
export const CREATE_FCP: Codec<FileSpec> = {
  name: 'FCP of CREATE FILE',
  encode,
  decode,
  examples: [
    {
      hex: '622d8202782183027f50840ca000000063504b43532d31358a01058b032f060281021000c6099001c083010183010a',
      value: {
        kind: 'df',
        fid: 0x7f50,
        aid: fromHex('a000000063504b43532d3135'),
        security: REFERENCED('2f0602'),
        totalSize: 0x1000,
        pinTemplate: fromHex('9001c083010183010a'),
      },
      source: 'TS 102 222 §6.3.2.2.1, an ADF with PIN1 and ADM1',
    },
    {
      hex: '621682024121830250318a01058b032f0601800200208800',
      value: {
        kind: 'ef',
        fid: 0x5031,
        structure: 'transparent',
        size: 32,
        security: REFERENCED('2f0601'),
      },
      source: 'TS 102 222 §6.3.2.2.2, EF(ODF) without SFI',
    },
    {
      hex: '621982044221002683022f008a01058b032f0601800200988801f0',
      value: {
        kind: 'ef',
        fid: 0x2f00,
        structure: 'linear-fixed',
        size: 152,
        recordLength: 38,
        sfi: 0x1e,
        security: REFERENCED('2f0601'),
      },
      source: 'TS 102 222 §6.3.2.2.2, EF(DIR) with SFI 1E',
    },
  ],
};
