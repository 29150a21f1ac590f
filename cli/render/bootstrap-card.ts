/** Reports, plans and differences of cards: as JSON for scripts, as pictures for people. */

import type {
  CardReport,
  Difference,
  PlannedUpdate,
  PlanSummary,
  ShownBootstrap,
  Verification,
  WriteResult,
} from '../../src/bootstrap/index.js';
import { hex8, toHex } from '../../src/bytes/index.js';
import { fileName, keyName } from '../../src/card/index.js';
import {
  type DataObject,
  dataObjectJson,
  filePathJson,
  type OdfEntry,
  odfEntryJson,
  tokenInfoJson,
} from '../../src/pkcs15/index.js';
import type { Colours } from '../context.js';
import { documentTrees } from './document.js';
import { findingsList } from './findings.js';
import { properties, table } from './table.js';
import { type TreeNode, tree } from './tree.js';

/** `3F00/7F50/6431` for scripts: 3f007f506431. */
function fileJson(file: string): string {
  return file.replaceAll('/', '').toLowerCase();
}

export function reportJson(report: CardReport): object {
  const { reader, atr, mode, iccid, secureChannel, pkcs15, bootstrap, findings, obstacle } = report;
  return {
    reader,
    atr: toHex(atr),
    mode,
    iccid: iccid ?? null,
    ...(secureChannel
      ? {
          secureChannel: {
            level: hex8(secureChannel.level),
            mode: secureChannel.mode,
            keyVersion: hex8(secureChannel.keyVersion),
          },
        }
      : {}),
    pkcs15: pkcs15
      ? {
          aid: toHex(pkcs15.aid),
          path: pkcs15.path ? filePathJson(pkcs15.path) : null,
          label: pkcs15.label ?? null,
          odf: pkcs15.odf?.entries.map(odfEntryJson) ?? [],
          dodf: pkcs15.dodf.flatMap(({ file, entries }) =>
            entries.map((entry) => ({ file: fileJson(file), ...dataObjectJson(entry) })),
          ),
          tokenInfo: pkcs15.tokenInfo ? tokenInfoJson(pkcs15.tokenInfo) : null,
        }
      : null,
    bootstrap: bootstrap ? bootstrapJson(bootstrap) : null,
    findings,
    ...(obstacle ? { error: obstacle.toJSON() } : {}),
  };
}

function bootstrapJson({ file, size, used, state, sha256, document, bytes }: ShownBootstrap): object {
  return {
    file: fileJson(file),
    size,
    used,
    state,
    sha256: sha256 ?? null,
    document: document ?? null,
    ...(bytes ? { hex: toHex(bytes) } : {}),
  };
}

function secureChannelText({ level, mode, keyVersion }: CardReport['secureChannel'] & object): string {
  return `SCP03 ${mode}, level ${hex8(level)}, key version ${hex8(keyVersion)}`;
}

export function reportText(report: CardReport, colours: Colours): string {
  const { reader, atr, mode, iccid, secureChannel } = report;
  const head = properties([
    ['reader', reader],
    ['ATR', toHex(atr).toUpperCase()],
    ['mode', mode.toUpperCase()],
    ['ICCID', iccid],
    ['secure channel', secureChannel && secureChannelText(secureChannel)],
  ]);
  const document = report.bootstrap?.document;
  return [
    head,
    '',
    tree(cardTree(report, colours)),
    ...(document ? ['', colours.bold('document'), ...documentTrees(document)] : []),
    ...(report.bootstrap?.bytes ? ['', colours.bold('octets'), toHex(report.bootstrap.bytes)] : []),
    '',
    findingsList(report.findings, colours),
  ].join('\n');
}

function cardTree({ pkcs15, bootstrap, iccid }: CardReport, colours: Colours): TreeNode {
  const files: TreeNode[] = [
    { label: `2FE2 EF(ICCID)${iccid === undefined ? ' (not readable)' : ''}` },
    { label: `2F00 EF(DIR)${pkcs15 ? '' : ': no PKCS#15 application'}` },
  ];
  if (pkcs15) {
    const label = pkcs15.label === undefined ? '' : ` "${pkcs15.label}"`;
    const where = pkcs15.path
      ? pkcs15.path.map((one) => one.toString(16).toUpperCase()).join('/')
      : 'no path';
    files.push({
      label: `${colours.bold('PKCS#15')}${label} ${toHex(pkcs15.aid).toUpperCase()} (${where})`,
      children: [
        ...(pkcs15.odf
          ? [
              directory(
                'EF(ODF)',
                pkcs15.odf,
                pkcs15.odf.entries.map((entry) => ({ label: odfText(entry) })),
              ),
            ]
          : []),
        ...(pkcs15.tokenInfo
          ? [{ label: `EF(TokenInfo), serial number ${toHex(pkcs15.tokenInfo.serialNumber).toUpperCase()}` }]
          : []),
        ...pkcs15.dodf.map((dodf) =>
          directory(
            'EF(DODF)',
            dodf,
            dodf.entries.map((entry) => ({ label: objectText(entry) })),
          ),
        ),
        ...(bootstrap ? [{ label: bootstrapText(bootstrap, colours) }] : []),
      ],
    });
  }
  return { label: '3F00 MF', children: files };
}

function directory(
  name: string,
  { file, size, used }: { file: string; size: number; used: number },
  children: TreeNode[],
): TreeNode {
  return { label: `${lastOf(file)} ${name}, ${used} of ${size} octets used`, children };
}

function lastOf(file: string): string {
  return file.split('/').at(-1) ?? file;
}

function pathText(path: readonly number[]): string {
  const text = path.map((one) => one.toString(16).toUpperCase().padStart(4, '0')).join('/');
  return fileName(path) ?? text;
}

function odfText({ kind, value }: OdfEntry): string {
  return value.kind === 'path' ? `${kind} → ${pathText(value.path.path)}` : `${kind} (${value.kind})`;
}

function objectText({ form, common, applicationOid, value }: DataObject): string {
  const flags = [common.flags?.private ? 'private' : '', common.flags?.modifiable ? 'modifiable' : ''];
  return [
    `${form}${common.label === undefined ? '' : ` "${common.label}"`}`,
    applicationOid ?? 'no OID',
    ...flags.filter((flag) => flag !== ''),
    value.kind === 'indirect' ? `→ ${pathText(value.path.path)}` : `(${value.kind} value)`,
  ].join(' ');
}

const STATES: Readonly<Record<ShownBootstrap['state'], string>> = {
  document: 'a document',
  blank: 'blank: no bootstrap',
  interrupted: 'an interrupted write: no bootstrap',
  unreadable: 'not readable',
};

function bootstrapText({ file, size, used, state, sha256 }: ShownBootstrap, colours: Colours): string {
  const hash = sha256 === undefined ? '' : `, sha256 ${sha256.slice(0, 16)}…`;
  const octets = state === 'document' ? `${used} of ${size} octets` : `${size} octets`;
  return `${lastOf(file)} ${colours.bold('EF(DM_Bootstrap)')}, ${octets}, ${STATES[state]}${hash}`;
}

/** @param reveal show the octets of the document, too */
export function planJson(plan: PlanSummary, reveal: boolean): object {
  const { mode, file, size, used, before, updates, access, keys, exchanges, octets, findings } = plan;
  return {
    mode,
    file: fileJson(file),
    size,
    used,
    before,
    updates: updates.map((update) => updateJson(update, reveal)),
    access,
    keys: keys.map((key) => key.toString(16).padStart(2, '0')),
    exchanges,
    octets,
    findings,
  };
}

function updateJson(update: PlannedUpdate, reveal: boolean): object {
  const { file, record, offset, data, purpose, secret } = update;
  return {
    file,
    ...(record === undefined ? { offset } : { record }),
    length: data.length,
    purpose,
    ...(secret && !reveal ? { secret: true } : { hex: toHex(data) }),
  };
}

const BEFORE: Readonly<Record<PlanSummary['before'], string>> = {
  same: 'this document already',
  other: 'another document',
  blank: 'no document',
  unread: 'not read (its PIN was not given)',
};

export function planText(plan: PlanSummary, colours: Colours, reveal: boolean): string {
  const { updates, access, keys, exchanges, octets } = plan;
  const rows = updates.map((update) => [
    update.file,
    update.record === undefined ? `octet ${update.offset}` : `record ${update.record}`,
    String(update.data.length),
    update.purpose,
    update.secret && !reveal ? '(document)' : shortHex(update.data),
  ]);
  return [
    properties([
      ['file', `${plan.file}, ${plan.used} of ${plan.size} octets`],
      ['holds now', BEFORE[plan.before]],
      ['keys', keys.length === 0 ? 'none' : keys.map((key) => keyName(key)).join(', ')],
      ['cost', `${exchanges.total} commands, ${octets.written} octets written, ${octets.read} read back`],
    ]),
    '',
    updates.length === 0
      ? `${colours.green('✓')} nothing to write`
      : table(['file', 'at', 'octets', 'what for', 'hex'], rows),
    ...(access.length === 0
      ? []
      : [
          '',
          table(
            ['access rule', 'operation', 'needs'],
            access.map((one) => [one.file, one.operation, one.rule]),
          ),
        ]),
    '',
    findingsList(plan.findings, colours),
  ].join('\n');
}

function shortHex(data: Uint8Array): string {
  const hex = toHex(data.subarray(0, 16)).toUpperCase();
  return data.length > 16 ? `${hex}…` : hex;
}

export function resultJson({ file, updates, verified, differences, findings }: WriteResult): object {
  return { file: fileJson(file), updates, verified: verified ?? null, differences, findings };
}

export function resultText(result: WriteResult, what: string, colours: Colours): string {
  const { verified, updates, differences } = result;
  const done = updates === 0 ? `${what}: nothing had to change` : `${what}, ${updates} updates`;
  const mark = verified === false ? colours.red('✗') : colours.green('✓');
  const proof =
    verified === undefined
      ? 'not verified (turned off)'
      : verified
        ? 'every octet and attribute read back and as ordered'
        : 'the card differs from the order:';
  return [`${mark} ${result.file} ${done}; ${proof}`, ...differences.map(differenceText)].join('\n');
}

export function verificationJson({ file, differences, findings }: Verification): object {
  return {
    ok: differences.length === 0,
    file: file === undefined ? null : fileJson(file),
    differences,
    findings,
  };
}

export function differenceText({ what, where, message }: Difference): string {
  return `  ${what} at ${where}: ${message}`;
}
