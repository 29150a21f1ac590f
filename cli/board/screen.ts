/** Lines on a terminal (ECMA-48): only those that changed are written, and what was there before comes back. */
import type { Terminal } from './terminal.js';

const ESC = '\u001b[';
/** Another screen, so that what was on the terminal stays; no cursor, no wrapping. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}2J`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}0m${ESC}?1049l`;

export class Screen {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #isOpen = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.write(ENTER);
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const longest = Math.max(lines.length, this.#shown.length);
    let out = '';
    for (let row = 0; row < longest; row++) {
      const line = lines[row] ?? '';
      if (line !== this.#shown[row]) out += `${ESC}${row + 1};1H${line}${ESC}0m${ESC}K`;
    }
    this.#shown = [...lines];
    if (out !== '') this.#terminal.write(out);
  }

  /** Everything is written anew next time: the terminal has another size. */
  forget(): void {
    this.#shown = [];
    if (this.#isOpen) this.#terminal.write(`${ESC}2J`);
  }

  ring(): void {
    if (this.#isOpen) this.#terminal.write('\u0007');
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.write(LEAVE);
  }
}
