/** Who a card is, without touching its bootstrap: ICCID, applications, PINs and their tries, files. */
import type { Protocol } from '../../apdu/index.js';
import { decodeIccid } from '../../bytes/index.js';
import {
  type Card,
  type CardMode,
  type FileNode,
  fileName,
  keyName,
  listFiles,
  type PinStatus,
} from '../../card/index.js';
import { type ApplicationTemplate, decodeDir, type Finding } from '../../pkcs15/index.js';
import { DIR } from './application.js';
import { Findings, findingCodeOf } from './findings.js';
import { EF_ICCID } from './paths.js';
import { isAboutTheCard } from './session.js';

export interface CardInfo {
  readonly reader: string;
  readonly atr: Uint8Array;
  readonly protocol: Protocol;
  readonly mode: CardMode;
  readonly iccid?: string;
  readonly applications: readonly ApplicationTemplate[];
  /** PIN1, PIN2, Universal PIN, ADM1, as far as the card tells without spending a try. */
  readonly pins: readonly (PinStatus & { readonly name: string })[];
  /** The known files that the card has, below the MF and the applications. */
  readonly files: readonly FileNode[];
  readonly findings: readonly Finding[];
}

/** PIN1, PIN2, Universal PIN, ADM1 (TS 102 221 table 9.3); CHV1, CHV2 and the customary ADM in 2G mode. */
const KEYS = { '3g': [0x01, 0x81, 0x11, 0x0a], '2g': [0x01, 0x02, 0x0a] } as const;

/**
 * Reads EF(ICCID), EF(DIR) and the retry counters, and selects the files that many cards have.
 *
 * @throws ReaderError if the card is gone; what the card refuses becomes a finding
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const { mode, iccid, pins } = await readCardInfo(await openCard(channel!));
 * [mode, iccid?.length, pins[0]?.name] // → ['3g', 19, 'PIN1 (key 01)']
 */
export async function readCardInfo(card: Card): Promise<CardInfo> {
  const findings = new Findings();
  const { channel } = card.processor;
  const attempt = async <T>(where: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      findings.note('warning', findingCodeOf(error.code), where, error.message);
      return undefined;
    }
  };
  const iccid = await attempt('EF(ICCID)', async () =>
    decodeIccid(await card.readBinary({ path: EF_ICCID })),
  );
  const applications = await attempt('EF(DIR)', () => readApplications(card, findings));
  const files = await attempt('MF', () => listFiles(card, (applications ?? []).filter(isUnlisted)));
  const pins: (PinStatus & { name: string })[] = [];
  for (const key of KEYS[card.mode]) {
    const status = await attempt(keyName(key), () => card.pinStatus(key));
    if (status) pins.push({ ...status, name: keyName(key) });
  }
  return {
    reader: channel.reader,
    atr: channel.atr,
    protocol: channel.protocol,
    mode: card.mode,
    ...(iccid === undefined ? {} : { iccid }),
    applications: applications ?? [],
    pins,
    files: files ?? [],
    findings: findings.list,
  };
}

/** An application whose path is a known one shows below the MF already. */
function isUnlisted({ path }: ApplicationTemplate): boolean {
  return path === undefined || fileName(path) === undefined;
}

async function readApplications(card: Card, findings: Findings): Promise<ApplicationTemplate[]> {
  const info = await card.select(DIR);
  const parts = info.structure === 'transparent' ? [await card.readBinary(DIR)] : await card.readRecords(DIR);
  return parts.flatMap((bytes, index) => {
    const decoded = decodeDir(bytes, `EF(DIR) record ${index + 1}`);
    findings.list.push(...decoded.findings);
    return [...decoded.entries];
  });
}
