/** GET STATUS: the registry of a card, page by page (GPC 2.3.1 §11.4). */
import { claForChannel, SW, statusError } from '../../apdu/index.js';
import { decodeTlvs, findTlv, requireTlv } from '../../bytes/index.js';
import { CardError, DataError } from '../../errors/index.js';
import type { DomainAccess } from './get-data.js';

/** P1: what to list. */
export const REGISTRY_SCOPES = {
  'issuer-security-domain': 0x80,
  applications: 0x40,
  'load-files': 0x20,
  'load-files-and-modules': 0x10,
} as const;
export type RegistryScope = keyof typeof REGISTRY_SCOPES;

export interface RegistryEntry {
  readonly aid: Uint8Array;
  readonly lifeCycle: number;
  /** 1 or 3 octets; none for load files. */
  readonly privileges: Uint8Array;
  readonly loadFile?: Uint8Array;
  readonly securityDomain?: Uint8Array;
  readonly modules: readonly Uint8Array[];
}

const MORE = 0x6310;
const MAX_PAGES = 0x100;

/**
 * Every entry of one scope. A card that knows only the old form without tags (P2 00) is asked again in that form.
 *
 * @throws CardError `CARD_RESPONSE` if pages never end
 * @throws DataError `DATA_TLV` for a malformed page
 */
export async function getStatus(domain: DomainAccess, scope: RegistryScope): Promise<RegistryEntry[]> {
  const tagged = await pages(domain, scope, 0x02);
  if (tagged !== undefined) return tagged.flatMap(decodeTagged);
  const untagged = await pages(domain, scope, 0x00);
  if (untagged !== undefined) return untagged.flatMap((page) => decodeUntagged(page, scope));
  throw statusError(SW.INCORRECT_P1P2, `GET STATUS of ${scope}`);
}

/** The data of all pages, or nothing where the card does not know the form. */
async function pages(
  domain: DomainAccess,
  scope: RegistryScope,
  form: number,
): Promise<Uint8Array[] | undefined> {
  const found: Uint8Array[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const { data, sw } = await domain.processor.send({
      cla: claForChannel(0x80, domain.logicalChannel ?? 0),
      ins: 0xf2,
      p1: REGISTRY_SCOPES[scope],
      p2: form | (page === 0 ? 0 : 1),
      data: Uint8Array.of(0x4f, 0x00),
      le: 0x100,
    });
    if (sw === SW.REFERENCED_DATA_NOT_FOUND) return found;
    if (sw === SW.INCORRECT_P1P2 && page === 0) return undefined;
    if (sw !== SW.OK && sw !== MORE) throw statusError(sw, `GET STATUS of ${scope}`);
    found.push(data);
    if (sw === SW.OK) return found;
  }
  throw new CardError('CARD_RESPONSE', `GET STATUS of ${scope} announces more than ${MAX_PAGES} pages`);
}

/** Table 11-36: entries under E3. */
function decodeTagged(page: Uint8Array): RegistryEntry[] {
  return decodeTlvs(page)
    .filter(({ tag }) => tag === 0xe3)
    .map((entry) => {
      const objects = decodeTlvs(entry.value, { base: entry.end - entry.value.length });
      const loadFile = findTlv(objects, 0xc4)?.value;
      const securityDomain = findTlv(objects, 0xcc)?.value;
      return {
        aid: requireTlv(objects, 0x4f, 'registry entry').value,
        lifeCycle: requireTlv(objects, 0x9f70, 'registry entry').value[0] ?? 0,
        privileges: findTlv(objects, 0xc5)?.value ?? new Uint8Array(0),
        ...(loadFile === undefined ? {} : { loadFile }),
        ...(securityDomain === undefined ? {} : { securityDomain }),
        modules: objects.filter(({ tag }) => tag === 0x84).map(({ value }) => value),
      };
    });
}

/** Length and AID, life cycle, privileges; modules follow as a count and their AIDs. */
function decodeUntagged(page: Uint8Array, scope: RegistryScope): RegistryEntry[] {
  const entries: RegistryEntry[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > page.length) {
      throw new DataError('DATA_TLV', `a registry entry is cut off at octet ${at}`, {
        details: { offset: at },
      });
    }
    at += length;
    return page.subarray(at - length, at);
  };
  const octet = (): number => take(1)[0]!;
  while (at < page.length) {
    const aid = take(octet());
    const lifeCycle = octet();
    const privileges = take(1);
    const count = scope === 'load-files-and-modules' ? octet() : 0;
    const modules = Array.from({ length: count }, () => take(octet()));
    entries.push({ aid, lifeCycle, privileges, modules });
  }
  return entries;
}
