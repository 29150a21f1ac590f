/**
 * The answer to SELECT in 3G mode: FCP template (TS 102 221 §11.1.1.3), or the FCI of cards that give that instead.
 * Lenient: what is malformed becomes a `problem`, and the rest is read.
 */
import { decodeTlvAt, type Tlv, toHex } from '../bytes/index.js';
import { DataError, SimbootError } from '../errors/index.js';
import type {
  FileInfo,
  FileKind,
  FileStructure,
  LifeCycle,
  PinTemplate,
  SecurityAttributes,
} from './card.js';

type Draft = { -readonly [K in keyof FileInfo]: FileInfo[K] };
type Field = (value: Uint8Array, draft: Draft, problem: (text: string) => void) => void;

/**
 * A file's description from its FCP (tag 62) or FCI (tag 6F) template.
 *
 * @throws DataError `DATA_FCP` only where no template can be found at all
 * @example decodeFcp(fromHex('620C82024121830264318002 0800')).size // → 2048
 */
export function decodeFcp(bytes: Uint8Array): FileInfo {
  const problems: string[] = [];
  const draft: Draft = {
    kind: 'ef',
    lifeCycle: 'unknown',
    security: { form: 'none' },
    pins: [],
    raw: bytes,
  };
  for (const tlv of readTlvs(templateOf(bytes, problems), problems)) {
    FIELDS[tlv.tag]?.(tlv.value, draft, (text) => {
      problems.push(`tag ${tlv.tag.toString(16).toUpperCase()}: ${text}`);
    });
  }
  finish(draft, problems);
  return draft;
}

/** The content of the outer template; a template that announces too much is read as far as it goes. */
function templateOf(bytes: Uint8Array, problems: string[]): Uint8Array {
  const tag = bytes[0];
  if (tag !== 0x62 && tag !== 0x6f) {
    const start = toHex(bytes.subarray(0, 4)) || 'nothing';
    throw new DataError('DATA_FCP', `the answer to SELECT is no FCP template (it starts with ${start})`);
  }
  try {
    const outer = decodeTlvAt(bytes);
    if (outer.end < bytes.length) problems.push(`${bytes.length - outer.end} octets after the template`);
    return outer.value;
  } catch (error) {
    problems.push(messageOf(error));
    return bytes.subarray(2);
  }
}

function readTlvs(bytes: Uint8Array, problems: string[]): Tlv[] {
  const out: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    try {
      const tlv = decodeTlvAt(bytes, at);
      out.push(tlv);
      at = tlv.end;
    } catch (error) {
      problems.push(messageOf(error));
      break;
    }
  }
  return out;
}

function messageOf(error: unknown): string {
  if (error instanceof SimbootError) return error.message;
  throw error;
}

const FIELDS: Readonly<Record<number, Field>> = {
  128: sizeField, // 80: octets of content
  129: (value, draft, problem) => {
    // 81: memory of a DF with its overhead; for EFs 80 says more
    if (draft.size === undefined) sizeField(value, draft, problem);
  },
  130: descriptorField, // 82
  131: (value, draft, problem) => {
    if (value.length !== 2) problem(`${value.length} octets instead of 2`);
    else draft.fid = numberOf(value);
  },
  132: (value, draft, problem) => {
    if (value.length < 1 || value.length > 16) problem(`an AID of ${value.length} octets`);
    else draft.aid = value;
  },
  136: sfiField, // 88
  138: (value, draft, problem) => {
    if (value.length === 0) problem('empty');
    else draft.lifeCycle = lifeCycleOf(value[0]!);
  },
  139: (value, draft, problem) =>
    securityField({ form: 'referenced', tag: 0x8b, bytes: value }, draft, problem),
  140: (value, draft, problem) => securityField({ form: 'compact', tag: 0x8c, bytes: value }, draft, problem),
  171: (value, draft, problem) =>
    securityField({ form: 'expanded', tag: 0xab, bytes: value }, draft, problem),
  198: (value, draft, problem) => {
    draft.pins = decodePinStatusTemplate(value, problem);
  },
};

function sizeField(value: Uint8Array, draft: Draft, problem: (text: string) => void): void {
  if (value.length < 1 || value.length > 4) problem(`a size of ${value.length} octets`);
  else draft.size = numberOf(value);
}

/** File descriptor (TS 102 221 §11.1.1.4.3): type and structure, then record length and number of records. */
function descriptorField(value: Uint8Array, draft: Draft, problem: (text: string) => void): void {
  const [descriptor] = value;
  if (descriptor === undefined) {
    problem('empty');
    return;
  }
  draft.kind = (descriptor & 0x3f) === 0x38 ? 'df' : 'ef';
  if (draft.kind === 'df') return;
  const structure = structureOf(descriptor);
  if (structure) draft.structure = structure;
  else problem(`file structure ${descriptor.toString(16)} is not known`);
  if (structure !== 'linear-fixed' && structure !== 'cyclic') return;
  if (value.length >= 4) draft.recordLength = numberOf(value.subarray(2, 4));
  else problem('no record length');
  if (value.length >= 5) draft.recordCount = value[4]!;
}

function structureOf(descriptor: number): FileStructure | undefined {
  if (descriptor === 0x39 || descriptor === 0x79) return 'ber-tlv';
  const structures = { 1: 'transparent', 2: 'linear-fixed', 6: 'cyclic' } as const;
  return structures[(descriptor & 0x07) as 1 | 2 | 6];
}

/** SFI in the upper five bits; an empty object says that there is none (TS 102 221 §11.1.1.4.8). */
function sfiField(value: Uint8Array, draft: Draft, problem: (text: string) => void): void {
  if (value.length === 0) return;
  const sfi = value[0]! >> 3;
  if (value.length > 1 || (value[0]! & 0x07) !== 0 || sfi === 0 || sfi > 30) problem('not an SFI');
  else draft.sfi = sfi;
}

function securityField(found: SecurityAttributes, draft: Draft, problem: (text: string) => void): void {
  if (draft.security.form === 'none') draft.security = found;
  else problem('a second form of security attributes');
}

/** Life cycle status (TS 102 221 §11.1.1.4.9, table 11.7b). */
function lifeCycleOf(octet: number): LifeCycle {
  if (octet === 0x01) return 'creation';
  if (octet === 0x03) return 'initialisation';
  if ((octet & 0xfd) === 0x05) return 'activated';
  if ((octet & 0xfd) === 0x04) return 'deactivated';
  if ((octet & 0xfc) === 0x0c) return 'terminated';
  return 'unknown';
}

/** PIN status template DO (TS 102 221 §11.1.1.4.10, §9.5.2): one enabled bit per key, in the order of the keys. */
function decodePinStatusTemplate(bytes: Uint8Array, problem: (text: string) => void): PinTemplate[] {
  const problems: string[] = [];
  const tlvs = readTlvs(bytes, problems);
  for (const text of problems) problem(text);
  const status = tlvs.find((tlv) => tlv.tag === 0x90)?.value ?? new Uint8Array(0);
  const pins: PinTemplate[] = [];
  let usage: number | undefined;
  for (const tlv of tlvs) {
    if (tlv.tag === 0x95) usage = tlv.value[0];
    if (tlv.tag !== 0x83) continue;
    const key = tlv.value[0];
    if (key === undefined) {
      problem('a key reference without a value');
      continue;
    }
    const octet = status[pins.length >> 3];
    if (octet === undefined) problem(`no status bit for key ${key.toString(16).padStart(2, '0')}`);
    const enabled = octet === undefined || ((octet << (pins.length & 7)) & 0x80) !== 0;
    pins.push({ key, enabled, ...(usage === undefined ? {} : { usage }) });
    usage = undefined;
  }
  return pins;
}

function finish(draft: Draft, problems: string[]): void {
  if (draft.kind === 'df') draft.kind = dfKind(draft);
  const { size, recordLength, recordCount } = draft;
  if (recordLength === 0) {
    problems.push('a record length of 0');
    delete draft.recordLength;
    delete draft.recordCount;
  } else if (recordLength !== undefined) {
    if (recordCount === undefined && size !== undefined) draft.recordCount = Math.floor(size / recordLength);
    if (recordCount !== undefined && size !== undefined && recordCount * recordLength !== size) {
      problems.push(`${recordCount} records of ${recordLength} octets, but a size of ${size}`);
    }
  }
  if (problems.length > 0) draft.problems = problems;
}

function dfKind(draft: Draft): FileKind {
  if (draft.fid === 0x3f00) return 'mf';
  return draft.aid ? 'adf' : 'df';
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, octet) => value * 256 + octet, 0);
}
