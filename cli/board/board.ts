/** The operator's board: draws a line while it runs, and gives the line what the operator's keys say. */
import { SimbootError } from '../../src/errors/index.js';
import type { LineControl, LineEvent } from '../../src/perso/index.js';
import type { Colours } from '../context.js';
import { boardLines } from './frame.js';
import { IDLE, type KeyAction, type KeyState, keysIn, nextKey, promptOf } from './keys.js';
import { eventLine } from './plain.js';
import { Screen } from './screen.js';
import type { Symbols } from './symbols.js';
import { needsSomebody } from './symbols.js';
import type { Terminal } from './terminal.js';

export interface BoardOptions {
  readonly control: LineControl;
  readonly terminal: Terminal;
  readonly colours: Colours;
  readonly symbols: Symbols;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A sound when somebody is needed. */
  readonly bell: boolean;
  /** Ctrl-C. */
  readonly interrupt: () => void;
}

/** Times in milliseconds. */
const DRAW_EVERY = 100;
const TICK = 1_000;
const RING_EVERY = 1_000;

/** Shows the board until the function returned is called; that gives the terminal back, and may be called twice. */
export function openBoard(options: BoardOptions): () => void {
  const board = new Board(options);
  return () => board.close();
}

class Board {
  readonly #options: BoardOptions;
  readonly #screen: Screen;
  readonly #ends: (() => void)[] = [];
  #keys: KeyState = IDLE;
  #answer: string | undefined;
  #news: string | undefined;
  #rangAt = Number.NEGATIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
    const { terminal, control } = options;
    this.#screen = new Screen(terminal);
    const tick = setInterval(() => this.#wish(), TICK);
    this.#ends.push(
      () => clearInterval(tick),
      terminal.onExit(() => this.close()),
      terminal.onKeys((text) => this.#typed(text)),
      terminal.onResize(() => {
        this.#screen.forget();
        this.#wish();
      }),
      control.subscribe((event) => this.#take(event)),
    );
    this.#draw();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const end of this.#ends.splice(0)) end();
    this.#screen.close();
  }

  #take(event: LineEvent): void {
    const line = eventLine(event, this.#options, false);
    if (line !== undefined) this.#news = line;
    if (this.#options.bell && isAlarm(event)) this.#ring();
    this.#wish();
  }

  #ring(): void {
    const now = this.#options.now();
    if (now - this.#rangAt < RING_EVERY) return;
    this.#rangAt = now;
    this.#screen.ring();
  }

  #typed(text: string): void {
    for (const key of keysIn(text)) {
      const { slots, mode } = this.#options.control.view();
      const { state, action } = nextKey(this.#keys, key, { slots: slots.length, mode });
      this.#keys = state;
      this.#answer = undefined;
      if (action !== undefined) this.#obey(action);
    }
    this.#wish();
  }

  #obey(action: KeyAction): void {
    try {
      this.#carryOut(action);
    } catch (error) {
      if (!(error instanceof SimbootError)) throw error;
      this.#answer = `! ${error.message}`;
    }
  }

  #carryOut(action: KeyAction): void {
    const { control, interrupt } = this.#options;
    if (action.type === 'pause') control.pause();
    else if (action.type === 'resume') control.resume();
    else if (action.type === 'stop') control.stop();
    else if (action.type === 'interrupt') interrupt();
    else {
      const slot = control.view().slots[action.slot - 1]?.slot;
      if (slot === undefined) this.#answer = `! there is no slot ${action.slot}`;
      else if (action.type === 'reseat') control.reseat(slot);
      else if (action.type === 'scrap') control.scrap(slot, action.reason);
      else control.scan(slot, action.code);
    }
  }

  /** Ten times a second at most. */
  #wish(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, DRAW_EVERY - (this.#options.now() - this.#drawnAt));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#draw();
      },
      Math.min(DRAW_EVERY, wait),
    );
  }

  #draw(): void {
    const { control, terminal, now, colours, symbols } = this.#options;
    this.#drawnAt = now();
    const prompt = this.#answer ?? promptOf(this.#keys);
    this.#screen.draw(
      boardLines({
        view: control.view(),
        width: terminal.columns,
        height: terminal.rows,
        now: this.#drawnAt,
        colours,
        symbols,
        ...(prompt === undefined ? {} : { prompt }),
        ...(this.#news === undefined ? {} : { news: this.#news }),
      }),
    );
  }
}

/** What somebody has to hear. */
function isAlarm(event: LineEvent): boolean {
  if (event.type === 'slot') return needsSomebody(event.slot.state);
  if (event.type === 'card') return event.card.outcome === 'bad' || event.card.outcome === 'ambiguous';
  return event.type === 'line' && event.mode === 'stopped';
}
