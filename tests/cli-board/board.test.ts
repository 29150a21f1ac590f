/** The board on a terminal: keys, redrawing, sound, and what is left of it afterwards. */
import pc from 'picocolors';
import { openBoard } from '../../cli/board/board.js';
import { symbolsFor } from '../../cli/board/symbols.js';
import { FakeControl, lineView, slotView } from '../support/fakeLine.js';
import { FakeTerminal } from './terminal.js';

const two = () =>
  lineView([slotView('left', { state: 'writing', record: 7 }), slotView('right', { state: 'waiting' })]);

function open(view = two(), bell = false) {
  const control = new FakeControl(view);
  const terminal = new FakeTerminal();
  const interrupt = jest.fn();
  const close = openBoard({
    control,
    terminal,
    colours: pc.createColors(true),
    symbols: symbolsFor({ LANG: 'C.UTF-8' }),
    now: () => Date.now(),
    bell,
    interrupt,
  });
  return { control, terminal, interrupt, close };
}

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

describe('keys', () => {
  const line = { slots: 2, mode: 'running' };
  test.each([
    ['p', [['pause']]],
    [' ', [['pause']]],
    ['pp', [['pause'], ['resume']]],
    ['r2', [['reseat', 'right']]],
    ['s1', []],
    ['s12', [['scrap', 'left', { code: 'TORN', message: 'taken out or lost power while it was written' }]]],
    ['s1\u001b2', []],
    ['s1x92', [['scrap', 'left', { code: 'TORN', message: 'taken out or lost power while it was written' }]]],
    ['c2ABC\u007f12\r', [['scan', 'right', 'AB12']]],
    ['c2\r', []],
    ['q', []],
    ['qn', []],
    ['qy', [['stop']]],
    ['\u001b[A\u001bOPp', [['pause']]],
  ])('%j', (typed, calls) => {
    const { control, terminal, close } = open();
    expect(line.slots).toBe(control.current.slots.length);
    terminal.type(typed);
    expect(control.calls).toEqual(calls);
    close();
  });

  test('from ten slots on a number ends with Enter', () => {
    const slots = Array.from({ length: 12 }, (_, at) => slotView(`r${at + 1}`, { state: 'bad' }));
    const { control, terminal, close } = open(lineView(slots));
    terminal.type('r1');
    expect(control.calls).toEqual([]);
    terminal.type('2\r');
    expect(control.calls).toEqual([['reseat', 'r12']]);
    close();
  });

  test('what is asked, and what the line refuses, is on the last line', () => {
    const { terminal, close, control } = open(lineView([slotView('left')]));
    const last = () => {
      jest.advanceTimersByTime(100);
      return terminal.lines.at(-1);
    };
    expect(last()).toContain('p pause');
    terminal.type('r');
    expect(last()).toContain('which slot?');
    terminal.type('1');
    expect(last()).toContain('! slot left has no card');
    terminal.type('r7');
    expect(last()).toContain('! there is no slot 7');
    terminal.type('q');
    expect(last()).toContain('stop the line?');
    expect(control.calls).toEqual([]);
    close();
  });

  test('Ctrl-C interrupts, whatever is being typed', () => {
    const { terminal, interrupt, close } = open();
    terminal.type('s1\u0003');
    expect(interrupt).toHaveBeenCalledTimes(1);
    close();
  });
});

describe('drawing', () => {
  test('at most ten times a second, and only lines that changed', () => {
    const { control, terminal, close } = open();
    const before = terminal.writes;
    for (let at = 0; at < 1_000; at++) {
      const slot = slotView('left', {
        state: 'writing',
        record: 7,
        step: { name: 's', index: at % 9, total: 9 },
      });
      control.current = { ...control.current, slots: [slot, control.current.slots[1]!] };
      control.emit({ type: 'slot', at, slot });
      jest.advanceTimersByTime(1);
    }
    jest.advanceTimersByTime(100);
    expect(terminal.writes - before).toBeGreaterThan(5);
    expect(terminal.writes - before).toBeLessThanOrEqual(13);
    const written = terminal.written;
    control.current = {
      ...control.current,
      slots: [slotView('left', { state: 'good' }), control.current.slots[1]!],
    };
    control.emit({ type: 'note', at: 0, message: 'n' });
    jest.advanceTimersByTime(100);
    const change = terminal.written.slice(written.length);
    expect(change).toContain('GOOD');
    expect(change).not.toContain('spring');
    expect(terminal.text).toContain('GOOD');
    close();
  });

  test('a new size is drawn anew', () => {
    const { terminal, close } = open();
    terminal.resize(60, 20);
    jest.advanceTimersByTime(200);
    expect(terminal.lines).toHaveLength(20);
    for (const line of terminal.lines) expect([...line].length).toBeLessThanOrEqual(60);
    expect(terminal.text).toContain('batch spring');
    close();
  });

  test('time goes on without an event', () => {
    const { terminal, close } = open();
    jest.advanceTimersByTime(5_200);
    expect(terminal.text).toContain('running 5 s');
    close();
  });
});

test('a sound only on request, when somebody is needed, once a second at most', () => {
  const silent = open();
  const loud = open(two(), true);
  for (const { control } of [silent, loud]) {
    for (const slot of ['left', 'right'])
      control.emit({ type: 'slot', at: 0, slot: slotView(slot, { state: 'ambiguous' }) });
    control.emit({ type: 'slot', at: 0, slot: slotView('left', { state: 'writing' }) });
  }
  expect([silent.terminal.rings, loud.terminal.rings]).toEqual([0, 1]);
  jest.advanceTimersByTime(1_000);
  loud.control.emit({ type: 'line', at: 0, mode: 'stopped' });
  expect(loud.terminal.rings).toBe(2);
  silent.close();
  loud.close();
});

describe('the terminal comes back', () => {
  const isBack = (terminal: FakeTerminal) => !terminal.isOther && terminal.isCursorShown && !terminal.isRaw;

  test('when it is closed, once', () => {
    const { control, terminal, close } = open();
    expect([terminal.isOther, terminal.isCursorShown, terminal.isRaw]).toEqual([true, false, true]);
    close();
    expect(isBack(terminal)).toBe(true);
    const written = terminal.written;
    close();
    control.emit({ type: 'note', at: 0, message: 'late' });
    jest.advanceTimersByTime(5_000);
    expect(terminal.written).toBe(written);
    expect(control.listeners).toBe(0);
  });

  test('when the process ends without closing it', () => {
    const { terminal } = open();
    terminal.exit();
    expect(isBack(terminal)).toBe(true);
  });
});
