/** DER as PEM (RFC 7468). */
export function derToPem(der: Uint8Array, label: 'CERTIFICATE' | 'PRIVATE KEY'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
