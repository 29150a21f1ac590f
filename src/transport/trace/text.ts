/** The trace for reading: what each exchange was, its octets, what the status word means, how long it took. */
import { toHex } from '../../bytes/index.js';
import type { Shown } from './annotate.js';
import type { AtrEvent, ExchangeEvent, InsideEvent, TraceSink, TraceWrite } from './sink.js';

const HEAD = [
  '# simboot trace: > to the card, < from the card, times in milliseconds since the first line',
  '# Keys and PINs never show; contents of files other than known structure show as a length unless revealed.',
];

/** A trace for people: each exchange with what it means. */
export class TextTrace implements TraceSink {
  #start: number | undefined;
  #count = 0;
  #reader: string | undefined;

  constructor(
    private readonly write: TraceWrite,
    private readonly end: () => void = () => undefined,
  ) {}

  atr(event: AtrEvent): void {
    const why = event.cause === 'reset' ? 'RESET, ATR' : 'ATR';
    this.lines(event, [`${why} ${spaced(toHex(event.atr))} (${event.protocol})`]);
  }

  exchange(event: ExchangeEvent): void {
    const { exchange, failure } = event;
    const lines = [`#${++this.#count} ${exchange.title}`, `  > ${render(exchange.command)}`];
    const took = `${event.duration.toFixed(1)} ms`;
    if (exchange.answer !== undefined) {
      lines.push(`  < ${render(exchange.answer)}`, `    ${exchange.meaning ?? 'no status word'}, ${took}`);
    }
    if (failure !== undefined) lines.push(`  ! ${failure}, ${took}`);
    this.lines(event, lines);
  }

  inside(event: InsideEvent): void {
    const { title, command, answer, meaning } = event.exchange;
    const lines = [`  inside the channel: ${title}`, `  ) ${render(command)}`];
    if (answer !== undefined) lines.push(`  ( ${render(answer)}`, `    ${meaning ?? 'no status word'}`);
    this.lines(event, lines);
  }

  close(): void {
    this.end();
  }

  private lines(event: { reader: string; time: Date }, lines: readonly string[]): void {
    const head = this.#start === undefined ? [...HEAD, `# started ${event.time.toISOString()}`] : [];
    this.#start ??= event.time.getTime();
    const reader = this.#reader === event.reader ? [] : [`# reader ${event.reader}`];
    this.#reader = event.reader;
    const [first = '', ...rest] = lines;
    const stamp = `${(event.time.getTime() - this.#start).toString().padStart(6)} `;
    const indent = ' '.repeat(stamp.length);
    const text = [...head, ...reader, stamp + first, ...rest.map((line) => indent + line)];
    this.write(new TextEncoder().encode(`${text.join('\n')}\n`));
  }
}

function render(shown: Shown): string {
  const hex = (bytes: Uint8Array) => spaced(toHex(bytes));
  if (shown.hidden === 0) return hex(shown.bytes);
  const before = hex(shown.bytes.subarray(0, shown.from));
  const after = hex(shown.bytes.subarray(shown.from + shown.hidden));
  return [before, `[${shown.hidden} octets hidden]`, after].filter((part) => part !== '').join(' ');
}

function spaced(hex: string): string {
  return hex.match(/../g)?.join(' ') ?? '';
}
