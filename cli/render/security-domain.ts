/** A security domain for people and for scripts. */
import { hex8, toHex } from '../../src/bytes/index.js';
import type {
  Cplc,
  DomainInfo,
  DomainRegistry,
  HandshakeAnswer,
  KeyInformation,
  RegistryEntry,
} from '../../src/globalplatform/index.js';
import { decodeI } from '../../src/globalplatform/index.js';
import type { Colours } from '../context.js';
import { findingsList } from './findings.js';
import { properties, table } from './table.js';

/** What a secure channel showed. */
export interface OpenedDomain {
  readonly level: number;
  readonly keyVersion: number;
  readonly warnings: readonly string[];
  readonly registry: DomainRegistry;
}

const low = (octet: number): string => hex8(octet).toLowerCase();

export function domainJson(reader: string, info: DomainInfo, opened: OpenedDomain | undefined): object {
  const { recognition, cplc, keys, sequenceCounter, handshake } = info;
  return {
    reader,
    aid: toHex(info.aid),
    recognition:
      recognition === undefined
        ? null
        : {
            version: recognition.version.join('.'),
            protocols: recognition.protocols.map(({ protocol, i }) => ({
              protocol: low(protocol),
              i: low(i),
              ...(protocol === 3 ? optionsJson(i) : {}),
            })),
          },
    cplc: cplc ?? null,
    keySets: keys === undefined ? null : keySetsOf(keys),
    sequenceCounter: sequenceCounter ?? null,
    handshake: handshake === undefined ? null : handshakeJson(handshake),
    session:
      opened === undefined
        ? null
        : { level: low(opened.level), keyVersion: low(opened.keyVersion), warnings: opened.warnings },
    registry: opened === undefined ? null : registryJson(opened.registry),
    findings: info.findings,
  };
}

function optionsJson(raw: number): object {
  const { mode, pseudoRandom, responseMac, responseEncryption } = decodeI(raw);
  return { mode, cardChallenge: pseudoRandom ? 'pseudo-random' : 'random', responseMac, responseEncryption };
}

function handshakeJson(answer: HandshakeAnswer): object {
  return {
    keyVersion: low(answer.keyVersion),
    i: low(answer.i.raw),
    ...optionsJson(answer.i.raw),
    diversificationData: toHex(answer.diversificationData),
    sequenceCounter: answer.sequenceCounter === undefined ? null : toHex(answer.sequenceCounter),
    testKeys: answer.testKeys,
  };
}

interface KeySetView {
  readonly version: string;
  readonly keys: readonly { readonly id: string; readonly type: string; readonly length: number }[];
}

function keySetsOf(keys: readonly KeyInformation[]): KeySetView[] {
  return [...new Set(keys.map(({ version }) => version))].map((version) => ({
    version: low(version),
    keys: keys
      .filter((key) => key.version === version)
      .flatMap(({ id, components }) =>
        components.map(({ type, length }) => ({ id: low(id), type: keyType(type & 0xff), length })),
      ),
  }));
}

/** GPC 2.3.1 §11.1.8. */
function keyType(type: number): string {
  const names: Readonly<Record<number, string>> = {
    128: '3DES',
    130: '3DES-CBC',
    133: 'TLS-PSK',
    136: 'AES',
  };
  return names[type] ?? low(type);
}

function registryJson(registry: DomainRegistry): object {
  const entries = (list: readonly RegistryEntry[]): object[] =>
    list.map(({ aid, lifeCycle, privileges, loadFile, securityDomain, modules }) => ({
      aid: toHex(aid),
      lifeCycle: low(lifeCycle),
      privileges: toHex(privileges),
      ...(loadFile === undefined ? {} : { loadFile: toHex(loadFile) }),
      ...(securityDomain === undefined ? {} : { securityDomain: toHex(securityDomain) }),
      modules: modules.map((module) => toHex(module)),
    }));
  return {
    issuerSecurityDomain: entries(registry.issuerSecurityDomain),
    applications: entries(registry.applications),
    loadFiles: entries(registry.loadFiles),
  };
}

export function domainText(info: DomainInfo, opened: OpenedDomain | undefined, colours: Colours): string {
  const { recognition, keys, cplc, handshake } = info;
  const parts = [
    properties([
      ['security domain', toHex(info.aid).toUpperCase()],
      ['GlobalPlatform', recognition && (recognition.version.join('.') || 'version not told')],
      ...(recognition?.protocols ?? []).map(
        ({ protocol, i }) =>
          ['offers', `SCP${hex8(protocol)}, i ${hex8(i)}${iInWords(protocol, i)}`] as const,
      ),
      ['sequence counter', info.sequenceCounter?.toString()],
    ]),
  ];
  if (keys !== undefined) parts.push(keySetTable(keys));
  if (handshake !== undefined) parts.push(handshakeText(handshake));
  if (cplc !== undefined) parts.push(cplcText(cplc));
  if (opened !== undefined) parts.push(openedText(opened));
  parts.push(findingsList(info.findings, colours));
  return parts.join('\n\n');
}

function iInWords(protocol: number, raw: number): string {
  if (protocol !== 3) return '';
  const { mode, pseudoRandom, responseMac, responseEncryption } = decodeI(raw);
  const responses = responseEncryption
    ? 'responses with MAC and encryption'
    : responseMac
      ? 'responses with MAC'
      : 'responses in clear';
  return `: ${mode}, ${pseudoRandom ? 'pseudo-random' : 'random'} card challenge, ${responses}`;
}

function keySetTable(keys: readonly KeyInformation[]): string {
  if (keys.length === 0) return 'no keys';
  const rows = keySetsOf(keys).flatMap(({ version, keys: set }) =>
    set.map(({ id, type, length }, at) => [
      at === 0 ? version.toUpperCase() : '',
      id.toUpperCase(),
      type,
      `${length} octets`,
      { '01': 'Key-ENC', '02': 'Key-MAC', '03': 'Key-DEK' }[id] ?? '',
    ]),
  );
  return table(['key version', 'id', 'type', 'length', 'in SCP03'], rows);
}

function handshakeText(answer: HandshakeAnswer): string {
  const { keyVersion, i, diversificationData, sequenceCounter, testKeys } = answer;
  return [
    'INITIALIZE UPDATE (no try was spent)',
    properties([
      ['key version', hex8(keyVersion)],
      ['i', `${hex8(i.raw)}${iInWords(3, i.raw)}`],
      ['diversification', toHex(diversificationData).toUpperCase()],
      ['sequence counter', sequenceCounter && toHex(sequenceCounter).toUpperCase()],
      ['test keys', testKeys.join('; ') || 'none of the well-known ones'],
    ]),
  ].join('\n');
}

/** What is not set (zeros) is left out. */
function cplcText(cplc: Cplc): string {
  const set = Object.entries(cplc).filter(([, value]) => !/^0*$/.test(value));
  const title = 'production life cycle (CPLC)';
  return set.length === 0 ? `${title}: all zeros` : `${title}\n${properties(set.map(cplcLine))}`;
}

function cplcLine([name, value]: [string, string]): readonly [string, string] {
  const words = name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/^(icc?|os) /, (abbreviation) => abbreviation.toUpperCase());
  return [words, value.toUpperCase() + (name.endsWith('Date') ? dateInWords(value) : '')];
}

/** YDDD: the last digit of the year, and the day in it. */
function dateInWords(value: string): string {
  const day = Number(value.slice(1));
  return /^\d{4}$/.test(value) && day >= 1 && day <= 366
    ? ` (day ${day} of a year ending in ${value[0]})`
    : '';
}

function openedText({ level, keyVersion, warnings, registry }: OpenedDomain): string {
  const rows = [
    ...registry.issuerSecurityDomain.map((entry) => row('issuer security domain', entry, cardState)),
    ...registry.applications.map((entry) => row('application', entry, applicationState)),
    ...registry.loadFiles.map((entry) => row('load file', entry, () => 'loaded')),
  ];
  return [
    `secure channel at level ${hex8(level)} with key version ${hex8(keyVersion)}`,
    ...warnings.map((warning) => `! ${warning}`),
    table(['registry', 'AID', 'state', 'privileges', 'modules'], rows),
  ].join('\n');
}

function row(kind: string, entry: RegistryEntry, state: (lifeCycle: number) => string): string[] {
  const { aid, lifeCycle, privileges, modules } = entry;
  const hex = (bytes: Uint8Array): string => toHex(bytes).toUpperCase();
  const states = `${hex8(lifeCycle)} ${state(lifeCycle)}`.trimEnd();
  return [kind, hex(aid), states, hex(privileges), modules.map(hex).join(' ')];
}

/** GPC 2.3.1 table 11-6. */
function cardState(lifeCycle: number): string {
  const names: Readonly<Record<number, string>> = {
    1: 'OP_READY',
    7: 'INITIALIZED',
    15: 'SECURED',
    127: 'CARD_LOCKED',
    255: 'TERMINATED',
  };
  return names[lifeCycle] ?? '';
}

/** GPC 2.3.1 tables 11-4 and 11-5; the bits between are the application's own. */
function applicationState(lifeCycle: number): string {
  if ((lifeCycle & 0x80) !== 0) return 'locked';
  if (lifeCycle === 0x03) return 'installed';
  return (lifeCycle & 0x07) === 0x07 ? 'selectable' : '';
}
