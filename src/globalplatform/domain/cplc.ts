/** Card production life cycle data, tag 9F7F (GPC 2.3.1 §H.6 refers to it; the layout is that of Open Platform 2.0.1 §B). */
import { type Codec, concat, encodeTlv, fromHex, toHex } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** Field and octets, in order. Codes of makers, and dates as YDDD, stay as the hex that the industry prints. */
const FIELDS = [
  ['icFabricator', 2],
  ['icType', 2],
  ['osIdentifier', 2],
  ['osReleaseDate', 2],
  ['osReleaseLevel', 2],
  ['icFabricationDate', 2],
  ['icSerialNumber', 4],
  ['icBatchIdentifier', 2],
  ['icModuleFabricator', 2],
  ['icModulePackagingDate', 2],
  ['iccManufacturer', 2],
  ['icEmbeddingDate', 2],
  ['icPrePersonalizer', 2],
  ['icPrePersonalizationDate', 2],
  ['icPrePersonalizationEquipment', 4],
  ['icPersonalizer', 2],
  ['icPersonalizationDate', 2],
  ['icPersonalizationEquipment', 4],
] as const;
const LENGTH = 42;

/** Hex of each field, lower case. */
export type Cplc = Readonly<Record<(typeof FIELDS)[number][0], string>>;

/** Reads the object with its tag, or the 42 octets alone, as some cards answer. */
export const CPLC: Codec<Cplc> = {
  name: 'CPLC',
  decode(bytes) {
    const tagged =
      bytes.length === LENGTH + 3 && bytes[0] === 0x9f && bytes[1] === 0x7f && bytes[2] === LENGTH;
    const content = tagged ? bytes.subarray(3) : bytes;
    if (content.length !== LENGTH) {
      throw new DataError('DATA_TLV', `CPLC has 42 octets, not ${content.length}`);
    }
    let at = 0;
    const entries = FIELDS.map(([name, length]) => {
      const value = toHex(content.subarray(at, at + length));
      at += length;
      return [name, value] as const;
    });
    return Object.fromEntries(entries) as Cplc;
  },
  encode(cplc) {
    return encodeTlv(0x9f7f, concat(...FIELDS.map(([name]) => fromHex(cplc[name]))));
  },
  examples: [
    {
      hex: '9f7f2a479050384791810231004126000123456789481241274813412848144129000000014815413000000002',
      value: {
        icFabricator: '4790',
        icType: '5038',
        osIdentifier: '4791',
        osReleaseDate: '8102',
        osReleaseLevel: '3100',
        icFabricationDate: '4126',
        icSerialNumber: '00012345',
        icBatchIdentifier: '6789',
        icModuleFabricator: '4812',
        icModulePackagingDate: '4127',
        iccManufacturer: '4813',
        icEmbeddingDate: '4128',
        icPrePersonalizer: '4814',
        icPrePersonalizationDate: '4129',
        icPrePersonalizationEquipment: '00000001',
        icPersonalizer: '4815',
        icPersonalizationDate: '4130',
        icPersonalizationEquipment: '00000002',
      },
      source: 'made by hand from the layout',
    },
  ],
};
