/** AUTHENTICATE of a USIM in the 3G and the GBA security context (TS 31.102 §7.1). */
import { SW } from '../../apdu/index.js';
import { concat, padEnd } from '../../bytes/index.js';
import type { Authenticated, Subscription } from '../authentication/subscription.js';
import { childByFid, type Df } from '../files/node.js';
import { recordOffset } from '../files/records.js';
import type { Selection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';

const CONTEXT = { UMTS: 0x81, GBA: 0x84 } as const;
const GBA_MODE = { BOOTSTRAP: 0xdd, NAF_DERIVATION: 0xde } as const;
const TAG = { SUCCESS: 0xdb, RESYNCHRONISE: 0xdc, NAF_ID: 0x80 } as const;
/** Authentication error, incorrect MAC (TS 31.102 §7.3.1). */
const SW_WRONG_MAC = 0x9862;
const USIM = [0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02];
const KEY_PIN1 = 0x01;
const EF_GBABP = 0x6fd6;
const EF_GBANL = 0x6fda;
const RAND = 16;

export function authenticate(machine: Machine, at: Selection, command: Command): Answer {
  const { subscription } = machine;
  const usim = at.application;
  if (subscription === undefined) return { sw: SW.INS_NOT_SUPPORTED };
  if (usim === undefined || !isUsim(usim)) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  if (!machine.pins.satisfied(KEY_PIN1)) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (command.p1 !== 0x00) return { sw: SW.INCORRECT_P1P2 };
  if (command.p2 === CONTEXT.UMTS) return umts(subscription, command.data);
  if (command.p2 === CONTEXT.GBA && subscription.gba) return gba(machine, usim, subscription, command.data);
  return { sw: SW.INCORRECT_P1P2 };
}

function isUsim({ aid }: Df): boolean {
  return aid !== undefined && USIM.every((octet, index) => aid[index] === octet);
}

function umts(subscription: Subscription, data: Uint8Array): Answer {
  const challenge = readChallenge(data);
  if (challenge === undefined) return { sw: SW.WRONG_LENGTH };
  return answer(subscription.authenticate(challenge.rand, challenge.autn), ({ res, ck, ik }) =>
    concat(Uint8Array.of(TAG.SUCCESS), lv(res), lv(ck), lv(ik)),
  );
}

function gba(machine: Machine, usim: Df, subscription: Subscription, data: Uint8Array): Answer {
  const [mode, rest] = [data[0], data.subarray(1)];
  if (mode === GBA_MODE.BOOTSTRAP) {
    const challenge = readChallenge(rest);
    if (challenge === undefined) return { sw: SW.WRONG_LENGTH };
    return answer(subscription.bootstrap(challenge.rand, challenge.autn), ({ res }) => {
      // RAND is the card's to write; B-TID and lifetime are the device's (TS 31.102 §4.2.79).
      writeFile(machine, usim, EF_GBABP, lv(challenge.rand));
      return concat(Uint8Array.of(TAG.SUCCESS), lv(res));
    });
  }
  if (mode !== GBA_MODE.NAF_DERIVATION) return { sw: SW.WRONG_DATA };
  const fields = readFields(rest, 2);
  if (fields === undefined) return { sw: SW.WRONG_LENGTH };
  const [nafId, impi] = [fields[0]!, fields[1]!];
  const key = subscription.deriveNaf(nafId, impi);
  if (key === undefined) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  rememberNaf(machine, usim, nafId);
  return { sw: SW.OK, data: concat(Uint8Array.of(TAG.SUCCESS), lv(key)) };
}

function answer(
  result: Authenticated,
  accepted: (result: Extract<Authenticated, { kind: 'accepted' }>) => Uint8Array,
): Answer {
  if (result.kind === 'no-keys') return { sw: SW.CONDITIONS_NOT_SATISFIED };
  if (result.kind === 'wrong-mac') return { sw: SW_WRONG_MAC };
  if (result.kind === 'resynchronise')
    return { sw: SW.OK, data: concat(Uint8Array.of(TAG.RESYNCHRONISE), lv(result.auts)) };
  return { sw: SW.OK, data: accepted(result) };
}

/** Length and RAND, length and AUTN. */
function readChallenge(data: Uint8Array): { rand: Uint8Array; autn: Uint8Array } | undefined {
  const fields = readFields(data, 2);
  const [rand, autn] = fields ?? [];
  return rand?.length === RAND && autn !== undefined && autn.length >= RAND ? { rand, autn } : undefined;
}

/** So many fields of one length octet each, and nothing behind them. */
function readFields(data: Uint8Array, count: number): Uint8Array[] | undefined {
  const fields: Uint8Array[] = [];
  let at = 0;
  for (; fields.length < count && at < data.length; at += 1 + data[at]!) {
    if (at + 1 + data[at]! > data.length) return undefined;
    fields.push(data.slice(at + 1, at + 1 + data[at]!));
  }
  return fields.length === count && at === data.length ? fields : undefined;
}

function lv(octets: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(octets.length), octets);
}

function writeFile(machine: Machine, usim: Df, fid: number, content: Uint8Array): void {
  const file = childByFid(usim, fid);
  if (file?.kind !== 'ef' || file.content.length < content.length) return;
  machine.write(file, 0, padEnd(content, file.content.length, 0xff));
}

/** The first empty record of EF(GBANL), or the last one (TS 31.102 §4.2.83). */
function rememberNaf(machine: Machine, usim: Df, nafId: Uint8Array): void {
  const file = childByFid(usim, EF_GBANL);
  if (file?.kind !== 'ef' || file.recordLength === 0) return;
  const record = concat(Uint8Array.of(TAG.NAF_ID), lv(nafId));
  if (record.length > file.recordLength) return;
  const count = file.content.length / file.recordLength;
  let number = 1;
  while (number < count && file.content[recordOffset(file, number)] !== 0xff) number++;
  machine.write(file, recordOffset(file, number), padEnd(record, file.recordLength, 0xff));
}
