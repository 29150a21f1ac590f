/** Numbers as people read them. */

/** For text and attribute values of HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** `99.2 %`; never 100 % for less than all. */
export function percent(part: number): string {
  if (part === 1) return '100 %';
  return `${Math.min(99.9, Math.round(part * 1000) / 10).toFixed(1)} %`;
}

/** Milliseconds as `340 ms` or `2.4 s`. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return minutes(milliseconds);
}

/** Milliseconds as `2 h 10 min`, `12 min`, `40 s`. */
export function minutes(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  if (whole < 60) return `${whole} s`;
  const [hours, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours === 0 ? `${rest} min` : `${hours} h ${rest} min`;
}

/** `2026-11-22 16:40:12 UTC`. */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
