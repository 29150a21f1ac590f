/** Reads a DM notification (DM 2.0 §5.2.1, §7.1.1). */
import { type Codec, decodeUtf8 } from '../../bytes/index.js';
import type { Finding } from '../../mo/index.js';
import { DIGEST_LENGTH } from './digest.js';
import { encodeNotification } from './encode.js';
import { fail, NOTIFICATION_VERSION, type RawOption, readFrame } from './frame.js';
import {
  CONNECTION_TYPES,
  type ConnectionType,
  NOTIFICATION_OPTIONS,
  type NotificationFields,
  type OtherOption,
} from './options.js';

export interface Notification extends NotificationFields {
  readonly version: number;
  readonly reqMos: boolean;
  readonly others: readonly OtherOption[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a notification. TIMESTAMP may have 1 to 8 octets; reserved bits, unknown connection types and options that
 * §5.2.1.2 does not have are tolerated, the options are kept in `others`.
 *
 * @throws DataError `DATA_NOTIFICATION` with the octet: another version, a count or length that does not fit, an
 * option given twice
 * @example decodeNotification(fromHex('2080300200 2A')).notificationId // → 42
 */
export function decodeNotification(bytes: Uint8Array): Notification {
  const { reserved, options } = readFrame(bytes);
  const reader = new OptionReader(options);
  if (reserved !== 0) reader.note('NOTIFICATION_RESERVED', 1, 'reserved bits of the header are set');
  const fields = {
    serverId: reader.text('serverId'),
    connectionTypes: reader.connectionTypes(),
    notificationId: reader.id(),
    digest: reader.digest(),
    timestamp: reader.time(),
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    version: NOTIFICATION_VERSION,
    ...(Object.fromEntries(present) as NotificationFields),
    reqMos: reader.flag('reqMos'),
    others: reader.others(),
    findings: reader.findings,
  };
}

type Known = keyof typeof NOTIFICATION_OPTIONS;
const NUMBERS = new Map<number, string>(Object.values(NOTIFICATION_OPTIONS).map((o) => [o.number, o.name]));

class OptionReader {
  readonly findings: Finding[] = [];
  private readonly byNumber = new Map<number, RawOption>();

  constructor(private readonly options: readonly RawOption[]) {
    for (const option of options) {
      const name = NUMBERS.get(option.number);
      if (name !== undefined && this.byNumber.has(option.number))
        fail(`${name} is given twice`, option.offset - 2);
      this.byNumber.set(option.number, option);
    }
  }

  note(code: string, offset: number, message: string): void {
    this.findings.push({ severity: 'warning', code, where: `octet ${offset}`, message });
  }

  text(known: Known): string | undefined {
    const option = this.get(known);
    if (option === undefined) return undefined;
    try {
      return decodeUtf8(option.value);
    } catch {
      return fail(`${NOTIFICATION_OPTIONS[known].name} is not UTF-8`, option.offset);
    }
  }

  connectionTypes(): ConnectionType[] | undefined {
    const option = this.get('connectionTypes');
    if (option === undefined) return undefined;
    const types = [...option.value].flatMap((octet) => CONNECTION_TYPES[octet] ?? []);
    if (types.length < option.value.length || types.length === 0) {
      this.note(
        'NOTIFICATION_CONNECTION',
        option.offset,
        'no connection type, or one that §5.2.1.2 does not have',
      );
    }
    if (types.includes('any') && types.indexOf('any') < types.length - 1) {
      this.note('NOTIFICATION_CONNECTION', option.offset, 'ANY_AVAILABLE is not the last connection type');
    }
    return types;
  }

  id(): number | undefined {
    const option = this.ofLength('notificationId', 2, 2);
    return option === undefined ? undefined : Number(unsigned(option.value));
  }

  digest(): Uint8Array | undefined {
    return this.ofLength('digest', DIGEST_LENGTH, DIGEST_LENGTH)?.value;
  }

  time(): number | undefined {
    const option = this.ofLength('timestamp', 1, 8);
    if (option === undefined) return undefined;
    const seconds = unsigned(option.value);
    if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) fail('TIMESTAMP is beyond any date', option.offset);
    return Number(seconds);
  }

  flag(known: Known): boolean {
    const option = this.get(known);
    if (option !== undefined && option.value.length > 0) {
      this.note(
        'NOTIFICATION_VALUE',
        option.offset,
        `${NOTIFICATION_OPTIONS[known].name} has a value; ignored`,
      );
    }
    return option !== undefined;
  }

  others(): OtherOption[] {
    const others = this.options.filter(({ number }) => !NUMBERS.has(number));
    return others.map(({ number, value }) => ({ number, value }));
  }

  private get(known: Known): RawOption | undefined {
    return this.byNumber.get(NOTIFICATION_OPTIONS[known].number);
  }

  private ofLength(known: Known, least: number, most: number): RawOption | undefined {
    const option = this.get(known);
    if (option !== undefined && (option.value.length < least || option.value.length > most)) {
      fail(`${NOTIFICATION_OPTIONS[known].name} has ${option.value.length} octets`, option.offset);
    }
    return option;
  }
}

function unsigned(value: Uint8Array): bigint {
  return value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

/** Package#0 without computing or checking its digest. */
export const NOTIFICATION_CODEC: Codec<NotificationFields> = {
  name: 'DM notification',
  decode: decodeNotification,
  encode: encodeNotification,
  examples: [
    {
      source: 'by hand: VER 2, OC 0',
      hex: '2000',
      value: { reqMos: false },
    },
    {
      source: 'by hand: SERVER-ID, PREFERRED-CON-TYPE (WLAN, then any), NOTIFICATION-ID, TIMESTAMP, REQ-MOS',
      hex: '2280 1004 646D7331 1002 0200 1002 0102 2004 67748580 1000',
      value: {
        serverId: 'dms1',
        connectionTypes: ['wlan', 'any'],
        notificationId: 258,
        timestamp: 1735689600,
        reqMos: true,
      },
    },
    {
      source: 'by hand: reserved bits set, TIMESTAMP of one octet, option 20',
      hex: '217F 5001 07 F001 AA',
      value: { timestamp: 7, others: [{ number: 20, value: Uint8Array.of(0xaa) }] },
      decodeOnly: true,
    },
  ],
};
