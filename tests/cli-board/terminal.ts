/** A terminal that keeps what is on its screen. */
import type { Terminal } from '../../cli/board/terminal.js';

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
