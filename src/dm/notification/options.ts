/** The options of a DM notification (DM 2.0 §5.2.1.2). */

/** Numbers and names of the table of §5.2.1.2. */
export const NOTIFICATION_OPTIONS = {
  serverId: { number: 1, name: 'SERVER-ID' },
  connectionTypes: { number: 2, name: 'PREFERRED-CON-TYPE' },
  notificationId: { number: 3, name: 'NOTIFICATION-ID' },
  digest: { number: 4, name: 'SHA256-DIGEST' },
  timestamp: { number: 5, name: 'TIMESTAMP' },
  reqMos: { number: 6, name: 'REQ-MOS' },
} as const;

/** The values of PREFERRED-CON-TYPE; each stands at the place of its octet. */
export const CONNECTION_TYPES = ['any', 'cellular', 'wlan', 'wireline'] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];

/** An option that §5.2.1.2 does not have. */
export interface OtherOption {
  readonly number: number;
  readonly value: Uint8Array;
}

/** What a DM notification says; every option may be absent. */
export interface NotificationFields {
  readonly serverId?: string;
  /** The one to try first comes first; `any` is the last. */
  readonly connectionTypes?: readonly ConnectionType[];
  /** 0 to 65535. */
  readonly notificationId?: number;
  /** 32 octets. */
  readonly digest?: Uint8Array;
  /** Seconds since 1970 (POSIX). */
  readonly timestamp?: number;
  /** Whether Package#1 must list the MOs. */
  readonly reqMos?: boolean;
  /** In ascending order. */
  readonly others?: readonly OtherOption[];
}
