/** Sequence diagrams as text, for people at a terminal. */

/** One arrow, with what it carries. `to` equal to `from` is something that a participant does by itself. */
export interface SequenceStep {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
}

const NARROWEST = 14;

/**
 * Draws arrows between participants, each a column, in the order given.
 *
 * @param width columns of the terminal; labels that do not fit are cut
 */
export function sequenceDiagram(
  participants: readonly string[],
  steps: readonly SequenceStep[],
  width: number,
): string {
  const columns = columnsOf(participants, steps, width);
  const lifelines = (): string[] => {
    const line = Array.from({ length: columns.at(-1)! + 1 }, () => ' ');
    for (const column of columns) line[column] = '│';
    return line;
  };
  const at = (name: string) => columns[participants.indexOf(name)]!;
  const head = header(participants, columns);
  const body = steps.flatMap(({ from, to, lines }) =>
    from === to ? alone(lines, at(from), lifelines, width) : arrow(lines, at(from), at(to), lifelines),
  );
  return [head, lifelines().join(''), ...body, lifelines().join('')].map((line) => line.trimEnd()).join('\n');
}

/** Wide enough for the labels, as far as the terminal goes. */
function columnsOf(
  participants: readonly string[],
  steps: readonly SequenceStep[],
  width: number,
): readonly number[] {
  const gaps = participants
    .slice(1)
    .map((name, index) => Math.max(NARROWEST, name.length + participants[index]!.length));
  for (const { from, to, lines } of steps) {
    const [a, b] = [participants.indexOf(from), participants.indexOf(to)];
    if (Math.abs(a - b) !== 1) continue;
    const gap = Math.min(a, b);
    gaps[gap] = Math.max(gaps[gap]!, ...lines.map((line) => line.length + 5));
  }
  const first = Math.ceil((participants[0] ?? '').length / 2);
  const room = Math.max(width - first - 12, gaps.length * NARROWEST);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const excess = Math.max(0, total - room);
  const widest = gaps.indexOf(Math.max(...gaps));
  if (widest >= 0) gaps[widest] = Math.max(NARROWEST, gaps[widest]! - excess);
  const columns = [first];
  for (const gap of gaps) columns.push(columns.at(-1)! + gap);
  return columns;
}

function header(participants: readonly string[], columns: readonly number[]): string {
  let line = '';
  participants.forEach((name, index) => {
    const start = Math.max(line.length, columns[index]! - Math.floor(name.length / 2));
    line = line.padEnd(start) + name;
  });
  return line;
}

function arrow(lines: readonly string[], from: number, to: number, lifelines: () => string[]): string[] {
  const [left, right] = from < to ? [from, to] : [to, from];
  const labels = lines.map((text) => {
    const line = lifelines();
    write(line, left + 2, cut(text, right - left - 3));
    return line.join('');
  });
  const line = lifelines();
  for (let column = left + 1; column < right; column++) line[column] = '─';
  line[from] = from < to ? '├' : '┤';
  line[to + (from < to ? -1 : 1)] = from < to ? '▶' : '◀';
  return [...labels, line.join('')];
}

function alone(lines: readonly string[], at: number, lifelines: () => string[], width: number): string[] {
  return lines.map((text) => {
    const line = lifelines();
    write(line, at + 2, `· ${cut(text, Math.max(20, width - at - 5))}`);
    return line.join('');
  });
}

function write(line: string[], start: number, text: string): void {
  [...text].forEach((character, index) => {
    line[start + index] = character;
  });
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}
