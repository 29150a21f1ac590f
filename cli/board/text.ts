/** Text in cells: cut and filled to a width, and never with a character that would move the cursor. */

/** Words from files, cards and readers may hold control characters, which a terminal obeys. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Cut with an ellipsis where it is too long. */
export function cut(text: string, width: number): string {
  const characters = [...plainText(text)];
  if (characters.length <= width) return characters.join('');
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`;
}

/** Exactly `width` characters. */
export function fill(text: string, width: number): string {
  const fitting = cut(text, width);
  return fitting + ' '.repeat(Math.max(0, width - [...fitting].length));
}

/** One text at the left, one at the right; the left one gives way. */
export function ends(left: string, right: string, width: number): string {
  const end = cut(right, width);
  return fill(left, width - [...end].length - (end === '' ? 0 : 1)) + (end === '' ? '' : ` ${end}`);
}

/** Broken at blanks into at most `lines` lines of `width`; the last one is cut. */
export function wrap(text: string, width: number, lines: number): string[] {
  const out: string[] = [];
  let rest = plainText(text).trim();
  while (rest !== '' && out.length < lines) {
    if (out.length === lines - 1 || [...rest].length <= width) {
      out.push(cut(rest, width));
      break;
    }
    const head = [...rest].slice(0, width + 1).join('');
    const blank = head.lastIndexOf(' ');
    const end = blank > 0 ? blank : width;
    out.push([...rest].slice(0, end).join('').trimEnd());
    rest = [...rest].slice(end).join('').trimStart();
  }
  return out;
}

/** A bar of `width` characters. */
export function bar(part: number, width: number, [full, empty]: readonly [string, string]): string {
  const cells = Math.round(Math.min(1, Math.max(0, part)) * width);
  return full.repeat(cells) + empty.repeat(Math.max(0, width - cells));
}

/** `12,345`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `45 s`, `12 min`, `3 h 05 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
