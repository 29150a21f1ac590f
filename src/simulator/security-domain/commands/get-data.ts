/** GET DATA (GPC 2.3.1 §11.3, appendix H.2). */
import { SW } from '../../../apdu/index.js';
import { concat, encodeTlv, fromHex, toHex } from '../../../bytes/index.js';
import type { Selection } from '../../files/select.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';
import type { SecurityDomain } from '../domain.js';
import { sequenceOctets } from './handshake.js';

const TAG = {
  CARD_DATA: 0x66,
  SEQUENCE_COUNTER: 0xc1,
  SECURITY_LEVEL: 0xd3,
  KEY_INFORMATION: 0xe0,
  APPLICATIONS: 0x2f00,
  CPLC: 0x9f7f,
} as const;
const KEY_TYPE_AES = 0x88;
const AUTHENTICATED = 0x80;
const GLOBALPLATFORM = fromHex('2A864886FC6B');
const TAG_LIST_ALL = '5c00';

/** Proprietary class: the whole data object; interindustry class: its value alone. */
export function getData(machine: Machine, _at: Selection, command: Command, channel: number): Answer {
  const domain = machine.domain!;
  const tag = (command.p1 << 8) | command.p2;
  if (tag === TAG.APPLICATIONS) return applications(domain, command);
  if (command.data.length > 0) return { sw: SW.WRONG_LENGTH };
  const value = objectValue(domain, tag, channel);
  if (value === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  return { sw: SW.OK, data: (command.cla & 0x80) === 0 ? value : encodeTlv(tag, value) };
}

function objectValue(domain: SecurityDomain, tag: number, channel: number): Uint8Array | undefined {
  switch (tag) {
    case TAG.CARD_DATA:
      return domain.data.get(tag) ?? cardRecognitionData(domain);
    case TAG.CPLC:
      return fromHex(domain.profile.cplc);
    case TAG.KEY_INFORMATION:
      return keyInformation(domain);
    case TAG.SEQUENCE_COUNTER:
      return defaultSequence(domain);
    case TAG.SECURITY_LEVEL: {
      const session = domain.session(channel);
      return Uint8Array.of(session?.state === 'open' ? AUTHENTICATED | session.level : 0);
    }
    default:
      return domain.data.get(tag);
  }
}

/** Card recognition data, format 1 (table H-1): GlobalPlatform 2.3, identification scheme, SCP03 with "i". */
export function cardRecognitionData(domain: SecurityDomain): Uint8Array {
  const { recognitionI, i } = domain.profile;
  const oid = (...arcs: readonly number[]) => encodeTlv(0x06, GLOBALPLATFORM, arcs);
  return encodeTlv(
    0x73,
    oid(1),
    encodeTlv(0x60, oid(2, 2, 3)),
    encodeTlv(0x63, oid(3)),
    encodeTlv(0x64, oid(4, 3, recognitionI ?? i)),
  );
}

/** Basic key information data for every key (table 11-28). */
function keyInformation(domain: SecurityDomain): Uint8Array {
  const keys = domain.keys.all.map(({ identifier, version, value }) =>
    encodeTlv(0xc0, [identifier, version, KEY_TYPE_AES, value.length]),
  );
  return concat(...keys);
}

/** Only where challenges come from it (§11.3.2.1). */
function defaultSequence(domain: SecurityDomain): Uint8Array | undefined {
  const set = domain.keys.set(0);
  if (set === undefined || !domain.isPseudoRandom) return undefined;
  return sequenceOctets(domain.keys.of(set.version).sequence);
}

function applications(domain: SecurityDomain, { data }: Command): Answer {
  if (toHex(data) !== TAG_LIST_ALL) return { sw: SW.WRONG_DATA };
  const entries = domain.profile.registry.filter(({ kind }) => kind === 'application');
  const names = [domain.profile.aid, ...entries.map(({ aid }) => aid)];
  return { sw: SW.OK, data: concat(...names.map((aid) => encodeTlv(0x61, encodeTlv(0x4f, fromHex(aid))))) };
}
