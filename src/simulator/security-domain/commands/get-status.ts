/** GET STATUS (GPC 2.3.1 §11.4), with the answer in several parts (6310). */
import { SW } from '../../../apdu/index.js';
import { concat, decodeTlvs, encodeTlv, equal, fromHex } from '../../../bytes/index.js';
import { DataError } from '../../../errors/index.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';
import type { SecurityDomain } from '../domain.js';
import type { RegistryEntry } from '../profile.js';

const P1 = { DOMAIN: 0x80, APPLICATIONS: 0x40, LOAD_FILES: 0x20, LOAD_FILES_AND_MODULES: 0x10 } as const;
const P2_NEXT = 0x01;
const P2_TLV = 0x02;
const SW_MORE = 0x6310;

export function getStatus(machine: Machine, { p1, p2, data }: Command, channel: number): Answer {
  const domain = machine.domain!;
  if (![P1.DOMAIN, P1.APPLICATIONS, P1.LOAD_FILES, P1.LOAD_FILES_AND_MODULES].includes(p1 as 0x80)) {
    return { sw: SW.INCORRECT_P1P2 };
  }
  if ((p2 & P2_NEXT) !== 0) {
    const rest = domain.listing.get(channel);
    if (p1 === P1.DOMAIN) return { sw: SW.INCORRECT_P1P2 };
    return rest === undefined ? { sw: SW.CONDITIONS_NOT_SATISFIED } : page(domain, channel, rest);
  }
  domain.listing.delete(channel);
  const wanted = searchedAid(data);
  if (wanted === undefined) return { sw: SW.WRONG_DATA };
  const found = entriesFor(domain, p1).filter(
    ({ aid }) => p1 === P1.DOMAIN || startsWith(fromHex(aid), wanted),
  );
  if (found.length === 0) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  const encode = (p2 & P2_TLV) !== 0 ? encodeEntry : encodeOldEntry;
  return page(
    domain,
    channel,
    found.map((entry) => encode(entry, p1)),
  );
}

/** Whole entries, as many as the profile lets into one answer, at least one. */
function page(domain: SecurityDomain, channel: number, entries: readonly Uint8Array[]): Answer {
  let [count, octets] = [1, entries[0]?.length ?? 0];
  while (count < entries.length && octets + entries[count]!.length <= domain.profile.statusPage) {
    octets += entries[count]!.length;
    count++;
  }
  const rest = entries.slice(count);
  if (rest.length > 0) domain.listing.set(channel, rest);
  else domain.listing.delete(channel);
  return { sw: rest.length > 0 ? SW_MORE : SW.OK, data: concat(...entries.slice(0, count)) };
}

/** The AID to look for, perhaps cut off on the right or empty; other criteria are ignored (§11.4.2.3). */
function searchedAid(data: Uint8Array): Uint8Array | undefined {
  try {
    const first = decodeTlvs(data)[0];
    return first?.tag === 0x4f && first.value.length <= 16 ? first.value : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

function startsWith(aid: Uint8Array, start: Uint8Array): boolean {
  return start.length <= aid.length && equal(aid.subarray(0, start.length), start);
}

function entriesFor(domain: SecurityDomain, p1: number): readonly RegistryEntry[] {
  const { profile } = domain;
  if (p1 === P1.DOMAIN) {
    const { aid, state, privileges } = profile;
    return [{ aid, kind: 'application', state, privileges }];
  }
  const kind = p1 === P1.APPLICATIONS ? 'application' : 'loadFile';
  return profile.registry.filter((entry) => entry.kind === kind);
}

/** Tables 11-36 and 11-37. */
function encodeEntry(entry: RegistryEntry, p1: number): Uint8Array {
  const name = encodeTlv(0x4f, fromHex(entry.aid));
  const state = encodeTlv(0x9f70, [entry.state]);
  const details =
    entry.kind === 'application'
      ? encodeTlv(0xc5, fromHex(entry.privileges))
      : p1 === P1.LOAD_FILES_AND_MODULES
        ? concat(...(entry.modules ?? []).map((module) => encodeTlv(0x84, fromHex(module))))
        : new Uint8Array(0);
  return encodeTlv(0xe3, name, state, details);
}

/** The form of older versions of the specification: length and AID, state, first octet of the privileges. */
function encodeOldEntry(entry: RegistryEntry, p1: number): Uint8Array {
  const named = (aid: string) => concat([aid.length / 2], fromHex(aid));
  const head = concat(named(entry.aid), [entry.state], fromHex(entry.privileges).subarray(0, 1));
  if (p1 !== P1.LOAD_FILES_AND_MODULES) return head;
  const modules = entry.modules ?? [];
  return concat(head, [modules.length], ...modules.map(named));
}
