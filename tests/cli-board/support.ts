/** A line that somebody else decides, and a terminal that keeps what is on its screen. */

import type { Terminal } from '../../cli/board/terminal.js';
import { UsageError } from '../../src/errors/index.js';
import type {
  LineControl,
  LineEvent,
  LineMode,
  LineView,
  Reason,
  RecordCounts,
  SlotView,
} from '../../src/perso/index.js';

const NO_RECORDS: RecordCounts = {
  free: 0,
  reserved: 0,
  writing: 0,
  verified: 0,
  released: 0,
  quarantined: 0,
  failed: 0,
  void: 0,
};

export function slotView(slot: string, more: Partial<SlotView> = {}): SlotView {
  return { slot, state: 'empty', good: 0, bad: 0, since: 0, ...more };
}

export function lineView(slots: readonly SlotView[], more: Partial<LineView> = {}): LineView {
  return {
    batchId: 'spring',
    station: 's1',
    mode: 'running',
    slots,
    records: { ...NO_RECORDS, free: 8_796, released: 1_204 },
    cards: { bound: 0, good: 1_204, scrapped: 3, returned: 1 },
    startedAt: 0,
    cardsPerHour: 4_780,
    yield: 0.9917,
    secondsLeft: 6_640,
    ...more,
  };
}

/** A line under the hand of a test: `calls` has what it was told. */
export class FakeControl implements LineControl {
  readonly calls: unknown[][] = [];
  readonly #listeners = new Set<(event: LineEvent) => void>();

  constructor(public current: LineView) {}

  view = (): LineView => this.current;
  pause = (): void => this.#mode('pause', 'paused');
  resume = (): void => this.#mode('resume', 'running');
  stop = (): void => this.#mode('stop', 'stopping');
  reseat = (slot: string): void => this.#atSlot(slot, 'reseat', slot);
  scrap = (slot: string, reason: Reason): void => this.#atSlot(slot, 'scrap', slot, reason);
  scan = (slot: string, code: string): void => this.#atSlot(slot, 'scan', slot, code);

  subscribe = (listener: (event: LineEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  emit(event: LineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #mode(call: string, mode: LineMode): void {
    this.calls.push([call]);
    this.current = { ...this.current, mode };
  }

  #atSlot(slot: string, ...call: unknown[]): void {
    const found = this.current.slots.find((one) => one.slot === slot);
    if (found === undefined || found.state === 'empty') {
      throw new UsageError('USAGE_LINE_SLOT', `slot ${slot} has no card`);
    }
    this.calls.push(call);
  }
}

/** Obeys the codes that the board uses, and fails on any other. */
export class FakeTerminal implements Terminal {
  columns = 100;
  rows = 30;
  written = '';
  writes = 0;
  rings = 0;
  isOther = false;
  isCursorShown = true;
  isRaw = false;
  lines: string[] = [];
  #keys: ((text: string) => void) | undefined;
  #resize: (() => void) | undefined;
  #exit: (() => void) | undefined;

  write(text: string): void {
    this.written += text;
    this.writes++;
    let [row, column] = [0, 0];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told begins with ESC
    for (const [part] of text.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|[^\u001b]/gu)) {
      const at = /^.\[(\d+);(\d+)H$/u.exec(part);
      if (at !== null) [row, column] = [Number(at[1]) - 1, Number(at[2]) - 1];
      else if (part.startsWith('\u001b')) this.#control(part, row, column);
      else if (part === '\u0007') this.rings++;
      else {
        if (part < ' ') throw new Error(`control character ${part.charCodeAt(0)} on the screen`);
        const line = [...(this.lines[row] ?? '').padEnd(column)];
        line[column++] = part;
        this.lines[row] = line.join('');
      }
    }
  }

  #control(code: string, row: number, column: number): void {
    if (code.endsWith('m')) return;
    if (code === '\u001b[K') this.lines[row] = [...(this.lines[row] ?? '')].slice(0, column).join('');
    else if (code === '\u001b[2J') this.lines = [];
    else if (/\?1049[hl]/.test(code)) this.isOther = code.endsWith('h');
    else if (/\?25[hl]/.test(code)) this.isCursorShown = code.endsWith('h');
    else if (!/\?7[hl]/.test(code)) throw new Error(`unexpected code ${JSON.stringify(code)}`);
  }

  onKeys(listener: (text: string) => void): () => void {
    this.isRaw = true;
    this.#keys = listener;
    return () => {
      this.isRaw = false;
      this.#keys = undefined;
    };
  }

  onResize(listener: () => void): () => void {
    this.#resize = listener;
    return () => {
      this.#resize = undefined;
    };
  }

  onExit(listener: () => void): () => void {
    this.#exit = listener;
    return () => {
      this.#exit = undefined;
    };
  }

  type(text: string): void {
    this.#keys?.(text);
  }

  resize(columns: number, rows: number): void {
    [this.columns, this.rows] = [columns, rows];
    this.#resize?.();
  }

  exit(): void {
    this.#exit?.();
  }

  get text(): string {
    return Array.from(this.lines, (line) => (line ?? '').trimEnd()).join('\n');
  }
}
