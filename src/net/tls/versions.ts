/** TLS versions (DM 2.0 §9.2.2): 1.2 and 1.3 unless the legacy option opens 1.0 and 1.1. */
import { UsageError } from '../../errors/index.js';

/** As node:tls writes them. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Oldest first. */
const TLS_VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

export interface TlsVersionRange {
  readonly min?: TlsVersion;
  readonly max?: TlsVersion;
}

/** What the legacy option costs, for the log of whoever switches it on. */
export const LEGACY_WARNING =
  'TLS 1.0 and 1.1 are allowed (legacy): they rest on MD5 and SHA-1, and their CBC encryption is open to known attacks ' +
  '(BEAST, Lucky Thirteen); RFC 8996 forbids both. With them work only TLS_PSK_, TLS_DHE_PSK_, TLS_RSA_PSK_ and ' +
  'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256, and three suites outside DM 2.0 §9.2.2: TLS_ECDHE_ECDSA_, TLS_DHE_RSA_ and ' +
  'TLS_RSA_WITH_AES_128_CBC_SHA. Use a listener of its own for old devices, and close it when the last one is gone.';

/** Whether a version is at least another; a version that node:tls does not know is not. */
export function atLeast(version: string | null, min: TlsVersion): boolean {
  return TLS_VERSIONS.indexOf(version as TlsVersion) >= TLS_VERSIONS.indexOf(min);
}

/**
 * The range with its defaults.
 *
 * @throws UsageError `USAGE_ARGUMENT` for an empty range, and for a version below 1.2 without `legacy`
 */
export function versionRange(
  range: TlsVersionRange | undefined,
  legacy: boolean,
): { min: TlsVersion; max: TlsVersion } {
  const min = range?.min ?? (legacy ? 'TLSv1' : 'TLSv1.2');
  const max = range?.max ?? 'TLSv1.3';
  for (const version of [min, max]) {
    if (!TLS_VERSIONS.includes(version)) {
      throw new UsageError('USAGE_ARGUMENT', `no TLS version: ${version} (${TLS_VERSIONS.join(', ')})`);
    }
  }
  if (!atLeast(max, min)) throw new UsageError('USAGE_ARGUMENT', `TLS from ${min} to ${max} is no range`);
  if (!legacy && !atLeast(min, 'TLSv1.2')) {
    throw new UsageError('USAGE_ARGUMENT', `${min} needs the legacy option (DM 2.0 §9.2.2, RFC 8996)`);
  }
  return { min, max };
}
