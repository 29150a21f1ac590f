/** Who a card is: as JSON for scripts, as tables and a picture of its files for people. */
import type { CardInfo } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import type { FileInfo, FileNode } from '../../src/card/index.js';
import { applicationTemplateJson, filePathJson } from '../../src/pkcs15/index.js';
import type { Colours } from '../context.js';
import { findingsList } from './findings.js';
import { properties, table } from './table.js';
import { type TreeNode, tree } from './tree.js';

export function infoJson({ atr, applications, pins, files, iccid, findings, ...rest }: CardInfo): object {
  return {
    ...rest,
    atr: toHex(atr),
    iccid: iccid ?? null,
    applications: applications.map(applicationTemplateJson),
    pins: pins.map((pin) => ({ ...pin, key: pin.key.toString(16).padStart(2, '0') })),
    files: files.map(fileJson),
    findings,
  };
}

function fileJson({ name, location, info, refusal, children }: FileNode): object {
  return {
    name,
    ...('relative' in location
      ? { aid: toHex(location.application.aid), path: filePathJson(location.relative) }
      : { path: filePathJson(location.path) }),
    ...(info ? shape(info) : { refusal }),
    ...(children.length > 0 ? { files: children.map(fileJson) } : {}),
  };
}

function shape({ kind, structure, size, recordLength, recordCount, lifeCycle }: FileInfo): object {
  return { kind, structure, size, recordLength, recordCount, lifeCycle };
}

export function infoText(info: CardInfo, colours: Colours): string {
  const applications = info.applications.map(({ aid, label, path }) => [
    toHex(aid).toUpperCase(),
    label ?? '',
    path?.map((fid) => fid.toString(16).toUpperCase()).join('/') ?? 'no path',
  ]);
  const pins = info.pins.map(({ name, state, tries }) => [
    name,
    state,
    tries === undefined ? 'not told' : String(tries),
  ]);
  return [
    properties([
      ['reader', info.reader],
      ['ATR', toHex(info.atr).toUpperCase()],
      ['protocol', info.protocol],
      ['mode', info.mode.toUpperCase()],
      ['ICCID', info.iccid],
    ]),
    '',
    table(['application', 'label', 'path'], applications),
    '',
    table(['PIN or key', 'state', 'tries left'], pins),
    '',
    ...info.files.map((file) => tree(fileTree(file))),
    '',
    findingsList(info.findings, colours),
  ].join('\n');
}

function fileTree({ name, info, refusal, children }: FileNode): TreeNode {
  return {
    label: `${name}${info ? sizeText(info) : ` (${refusal})`}`,
    children: children.map(fileTree),
  };
}

function sizeText({ kind, size, structure, recordLength, recordCount, lifeCycle }: FileInfo): string {
  const state = ['activated', 'unknown'].includes(lifeCycle) ? '' : `, ${lifeCycle}`;
  if (kind !== 'ef') return state;
  if (recordLength !== undefined && recordLength > 0 && structure !== 'transparent') {
    const count = recordCount === undefined ? '' : `${recordCount} × `;
    return `, ${structure}, ${count}${recordLength} octets${state}`;
  }
  return size === undefined ? state : `, ${size} octets${state}`;
}
