/** Key information template, tag E0: which keys a security domain holds (GPC 2.3.1 §11.3.3.1). */
import {
  type Codec,
  concat,
  decodeTlvs,
  encodeTlv,
  fromHex,
  requireTlv,
  type Tlv,
} from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** Type and length in octets of one part of a key; 88 is AES (GPC 2.3.1 §11.1.8). */
export interface KeyComponent {
  readonly type: number;
  readonly length: number;
}

export interface KeyInformation {
  readonly id: number;
  readonly version: number;
  readonly components: readonly KeyComponent[];
  /** The extended form (two-octet types and lengths) has more; it is kept as it is. */
  readonly rest: Uint8Array;
}

/** Key type of AES keys (GPC 2.3.1 §11.1.8). */
export const KEY_TYPE_AES = 0x88;

/** The Key Information Template with its tag E0: one entry a key. */
export const KEY_INFORMATION_TEMPLATE: Codec<readonly KeyInformation[]> = {
  name: 'key information template',
  decode(bytes) {
    const template = requireTlv(decodeTlvs(bytes), 0xe0, 'key information template');
    const objects = decodeTlvs(template.value, { base: template.end - template.value.length });
    return objects.filter(({ tag }) => tag === 0xc0).map(decodeKey);
  },
  encode: (keys) => encodeTlv(0xe0, ...keys.map((key) => encodeTlv(0xc0, encodeKey(key)))),
  examples: [
    {
      hex: 'e012c00401ff8810c00402ff8810c00403ff8810',
      value: [1, 2, 3].map((id) => ({
        id,
        version: 0xff,
        components: [{ type: KEY_TYPE_AES, length: 16 }],
        rest: new Uint8Array(0),
      })),
      source: 'made by hand from table 11-34: an initial AES-128 key set',
    },
    {
      hex: 'e00bc0090130ff880010011800',
      value: [
        {
          id: 1,
          version: 0x30,
          components: [{ type: 0xff88, length: 16 }],
          rest: fromHex('011800'),
        },
      ],
      source: 'made by hand from the extended form: usage qualifier 18, no key access',
    },
  ],
};

function decodeKey({ value, offset }: Tlv): KeyInformation {
  const fail = (): never => {
    throw new DataError('DATA_TLV', `key information at octet ${offset} is cut off`, { details: { offset } });
  };
  const [id = fail(), version = fail()] = value;
  const components: KeyComponent[] = [];
  let at = 2;
  const extended = value[at] === 0xff;
  if (value.length < 4) fail();
  if (extended) {
    if (value.length < 6) fail();
    components.push({ type: 0xff00 | value[3]!, length: (value[4]! << 8) | value[5]! });
    at = 6;
  } else {
    for (; at + 1 < value.length; at += 2) components.push({ type: value[at]!, length: value[at + 1]! });
    if (at !== value.length) fail();
  }
  return { id, version, components, rest: value.slice(at) };
}

function encodeKey({ id, version, components, rest }: KeyInformation): Uint8Array {
  const parts = components.map(({ type, length }) =>
    type > 0xff ? [type >> 8, type & 0xff, length >> 8, length & 0xff] : [type, length],
  );
  return concat([id, version], ...parts, rest);
}
