/** How long a real card and reader would need (ISO/IEC 7816-3 §7, §8.3, §10, §11). */
import type { Protocol } from '../../apdu/index.js';

export interface CardTime {
  /** MHz. */
  readonly clock: number;
  /** Milliseconds of work for a command. */
  readonly command: number;
  /** Microseconds for an octet of EEPROM or flash. */
  readonly octetWritten: number;
  /** Milliseconds from reset to the end of the ATR. */
  readonly reset: number;
}

const FI = [372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0] as const;
const DI = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0] as const;
const DEFAULT_TA1 = 0x11;
/** Etu an octet takes with its guard time. */
const OCTET_ETU = { 'T=0': 12, 'T=1': 11 } as const;
const HEADER = 5;
const STATUS_WORD = 2;
const BLOCK_OVERHEAD = 4;
const DEFAULT_IFSC = 32;

interface AtrTiming {
  readonly etuClocks: number;
  readonly extraGuard: number;
  readonly ifsc: number;
}

/** Counts milliseconds, as a card with this ATR would need them after PPS to the speed that it offers. */
export class CardClock {
  /** Of everything since the card was made. */
  total = 0;
  private readonly timing: AtrTiming;

  constructor(
    atr: Uint8Array,
    private readonly protocol: Protocol,
    private readonly time: CardTime,
  ) {
    this.timing = readAtr(atr);
  }

  /** Milliseconds for one octet on the contact. */
  get octet(): number {
    const etu = OCTET_ETU[this.protocol] + this.timing.extraGuard;
    return (etu * this.timing.etuClocks) / (this.time.clock * 1000);
  }

  reset(): number {
    this.total += this.time.reset;
    return this.time.reset;
  }

  /** Milliseconds for an exchange of so many octets, so many of them written, and `extra` milliseconds of work. */
  exchange(command: number, response: number, written: number, extra = 0): number {
    const octets = this.protocol === 'T=0' ? octetsT0(command, response) : this.octetsT1(command, response);
    const work = this.time.command + (written * this.time.octetWritten) / 1000 + extra;
    const needed = octets * this.octet + work;
    this.total += needed;
    return needed;
  }

  /** Both directions in blocks; each one but the last of a chain is acknowledged. */
  private octetsT1(command: number, response: number): number {
    const framed = (length: number) => {
      const blocks = Math.max(1, Math.ceil(length / this.timing.ifsc));
      return length + blocks * BLOCK_OVERHEAD + (blocks - 1) * BLOCK_OVERHEAD;
    };
    return framed(command) + framed(response);
  }
}

/** The header, the procedure octet where data follows in either direction, the data, the status word. */
function octetsT0(command: number, response: number): number {
  const dataIn = Math.max(0, command - HEADER);
  const dataOut = Math.max(0, response - STATUS_WORD);
  const procedure = dataIn > 0 || dataOut > 0 ? 1 : 0;
  return HEADER + procedure + dataIn + dataOut + STATUS_WORD;
}

/** Fi/Di of TA1, N of TC1, IFSC of the first TA for T=1. */
function readAtr(atr: Uint8Array): AtrTiming {
  let at = 1;
  let present = (atr[at++] ?? 0) >> 4;
  let ta1: number | undefined;
  let tc1: number | undefined;
  let ifsc = DEFAULT_IFSC;
  for (let level = 1, protocol = 0; present !== 0 && at < atr.length; level++) {
    const ta = present & 1 ? atr[at++] : undefined;
    if (present & 2) at++;
    const tc = present & 4 ? atr[at++] : undefined;
    const td = present & 8 ? atr[at++] : undefined;
    if (level === 1) [ta1, tc1] = [ta, tc];
    else if (level > 2 && protocol === 1 && ta !== undefined && ta > 0) ifsc = ta;
    protocol = (td ?? 0) & 0x0f;
    present = (td ?? 0) >> 4;
  }
  const speed = ta1 ?? DEFAULT_TA1;
  const etuClocks = (FI[speed >> 4] || FI[1]) / (DI[speed & 0x0f] || DI[1]);
  return { etuClocks, extraGuard: tc1 === undefined || tc1 === 0xff ? 0 : tc1, ifsc };
}
