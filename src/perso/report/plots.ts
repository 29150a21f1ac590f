/** Plots as SVG, readable without colour. */
import { escapeHtml } from './words.js';

export interface Bar {
  readonly name: string;
  /** Length of the dark part. */
  readonly value: number;
  /** End of the light part behind it. */
  readonly upTo?: number;
  readonly text: string;
}

const WIDTH = 900;
const NAMES = 270;
const TEXTS = 150;
const ROW = 24;

/** Horizontal bars with names before and numbers behind them. @param full value of a bar over the whole width */
export function bars(all: readonly Bar[], caption: string, full?: number): string {
  const largest = full ?? Math.max(...all.map(({ value, upTo }) => Math.max(value, upTo ?? 0)), 1e-9);
  const room = WIDTH - NAMES - TEXTS;
  const rows = all.map(({ name, value, upTo, text }, index) => {
    const y = index * ROW;
    const long = (part: number): string => Math.max(1, (room * part) / largest).toFixed(1);
    const light =
      upTo === undefined
        ? ''
        : `<rect x="${NAMES}" y="${y + 4}" width="${long(upTo)}" height="${ROW - 8}" fill="#9cc9bd"/>`;
    const shown = name.length > 40 ? `…${name.slice(-39)}` : name;
    return `${light}<rect x="${NAMES}" y="${y + 4}" width="${long(value)}" height="${ROW - 8}" fill="#1d6f5c"/><text x="${NAMES - 8}" y="${y + 16}" text-anchor="end">${escapeHtml(shown)}</text><text x="${WIDTH - TEXTS + 8}" y="${y + 16}">${escapeHtml(text)}</text>`;
  });
  return figure(all.length * ROW, rows.join(''), caption);
}

/** Columns over time, bad ones hatched on top of the good. */
export function stacked(
  spans: readonly { readonly good: number; readonly bad: number }[],
  caption: string,
): string {
  const height = 160;
  const top = 20;
  const largest = Math.max(...spans.map(({ good, bad }) => good + bad), 1);
  const width = WIDTH / spans.length;
  const columns = spans.map(({ good, bad }, index) => {
    const x = (index * width).toFixed(1);
    const w = Math.max(1, width - 1).toFixed(1);
    const h = (part: number): number => ((height - top) * part) / largest;
    const y = height - h(good);
    const hatched =
      bad === 0
        ? ''
        : `<rect x="${x}" y="${(y - h(bad)).toFixed(1)}" width="${w}" height="${h(bad).toFixed(1)}" fill="url(#hatch)" stroke="#b3261e" stroke-width=".5"/>`;
    return `<rect x="${x}" y="${y.toFixed(1)}" width="${w}" height="${h(good).toFixed(1)}" fill="#1d6f5c"/>${hatched}`;
  });
  const hatch =
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="#b3261e"/></pattern></defs>';
  const scale = `<text x="0" y="12">${largest} cards</text><line x1="0" x2="${WIDTH}" y1="${top}" y2="${top}" stroke="#d5dae1"/>`;
  return figure(height, `${hatch}${scale}${columns.join('')}`, caption);
}

function figure(height: number, content: string, caption: string): string {
  return `<figure style="margin:0"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(caption)}">${content}</svg><figcaption style="color:#5b6675;margin-bottom:.8rem">${escapeHtml(caption)}</figcaption></figure>`;
}
