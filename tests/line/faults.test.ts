/** The fault campaign of the line, one defined outcome each. */
import { ReaderError, UsageError } from '../../src/errors/index.js';
import { type LineStore, memoryLineStore } from '../../src/perso/index.js';
import { FakeCard, OTHER_ATR } from '../support/line/fakes.js';
import { BATCH, blanks, LEASE_MS, Rig, type RigOptions } from '../support/line/rig.js';

const WRITE = 3;
const READ = 2;

/** Faults at the n-th exchange of a kind only. */
function at(instruction: number, nth: number, fault: ReturnType<FakeCard['fault']>): FakeCard['fault'] {
  let seen = 0;
  return (_, command) => (command[1] === instruction && ++seen === nth ? fault : undefined);
}

function rigWith(fault: FakeCard['fault'], more: Partial<RigOptions> = {}): Rig {
  const cards = blanks(2);
  cards[0]!.fault = fault;
  return new Rig({ records: 1, cards, ...more });
}

const states = async (rig: Rig) => (await rig.store.counts(BATCH)).records;

describe('contact', () => {
  test('mute in the middle of writing: powered again, written again, good', async () => {
    const rig = rigWith(at(WRITE, 2, 'mute'));
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, bad: 0 });
    expect(rig.handler).toMatchObject({ reseats: 0 });
    expect(rig.drawn.get(1)).toBe(1);
    expect(await rig.record(1)).toMatchObject({ state: 'released', cardId: 'c1' });
  });

  test('mute twice: the second time the card is put in again', async () => {
    let mute = 0;
    const rig = rigWith((_, command) => (command[1] === WRITE && mute++ < 2 ? 'mute' : undefined));
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, bad: 0 });
    expect(rig.handler.reseats).toBe(1);
  });

  test('6F00 again and again while it is written: scrapped, the record failed, never given out again', async () => {
    const rig = rigWith((_, command) => (command[1] === WRITE ? '6f00' : undefined));
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'done', statistics: { good: 0, bad: 1 } });
    expect(await rig.record(1)).toMatchObject({ state: 'failed', reason: { code: 'CARD_STATUS' } });
    expect(await rig.store.card('c1')).toMatchObject({ state: 'scrapped', record: 1 });
    expect(rig.handler.badBin.map(({ card }) => card.serial)).toEqual(['c1']);
    expect(rig.handler.stack).toHaveLength(1);
    expect(await rig.told(1)).toEqual([
      'record.reserved',
      'record.writing',
      'record.failed',
      'card.scrapped',
    ]);
  });

  test('6F00 before anything is written: scrapped, and the record goes to the next card', async () => {
    const rig = rigWith((_, command) => (command[1] === READ ? '6f00' : undefined));
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, bad: 1 });
    expect(await rig.record(1)).toMatchObject({ state: 'released', cardId: 'c2' });
    expect(await rig.store.card('c1')).toMatchObject({ state: 'scrapped' });
  });

  test('a card that never answers: bad without a record', async () => {
    const cards = blanks(2);
    cards[0]!.muteAtPower = 100;
    const rig = new Rig({ records: 1, cards });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, bad: 1 });
    expect(rig.handler.badBin).toMatchObject([{ reason: 'READER_CARD_MUTE' }]);
    expect(cards[0]!.powered).toBe(3);
  });

  test('a card that hangs does not keep the other slots waiting', async () => {
    const cards = blanks(5);
    cards[0]!.fault = () => 'hang';
    const rig = new Rig({
      records: 4,
      slots: 2,
      cards,
      job: { timing: { stepTimeoutMs: 60, contactRetries: 1 } },
    });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 4, bad: 1 });
    expect(rig.handler.badBin).toMatchObject([{ card: { serial: 'c1' }, reason: 'TIMEOUT' }]);
  });
});

describe('cards that leave', () => {
  test('torn out while it is written: quarantined with its card, the next card gets another record', async () => {
    const cards = blanks(2);
    const rig = new Rig({ records: 2, cards });
    cards[0]!.fault = at(WRITE, 2, 'removed');
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, ambiguous: 1 });
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined', cardId: 'c1', drawn: { key: 'k1.1' } });
    expect(await rig.record(2)).toMatchObject({ state: 'released', cardId: 'c2' });
    expect(await rig.store.card('c1')).toMatchObject({ state: 'bound', record: 1 });
  });

  test('its card comes again: same record, same drawn values', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 2, cards });
    cards[0]!.fault = at(WRITE, 2, 'removed');
    rig.handler.stack.push(cards[0]!);
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, ambiguous: 1 });
    expect(await rig.record(1)).toMatchObject({ state: 'released', drawn: { key: 'k1.1' } });
    expect(cards[0]!.files.get(2)).toBe('1/2/k1.1');
    expect(rig.drawn.get(1)).toBe(1);
    expect(await rig.told(1)).toContain('record.resumed');
  });

  test('torn out before anything is written: the record is free again', async () => {
    const rig = rigWith(at(READ, 1, 'removed'));
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, returned: 1 });
    expect(await rig.record(1)).toMatchObject({ state: 'released', cardId: 'c2' });
  });

  test('swapped between write and verify: quarantined, the other card goes out untouched', async () => {
    const [first, second] = blanks(2);
    const rig = new Rig({ records: 1, cards: [first!] });
    let powered = 0;
    first!.powerOn = async () => {
      if (++powered === 2) {
        rig.readers.remove('slot 1');
        rig.readers.insert('slot 1', second!);
      }
      return FakeCard.prototype.powerOn.call(first);
    };
    const result = await rig.run();
    expect(result.outcome).toBe('done');
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined', cardId: 'c1' });
    expect(second!.written).toEqual([]);
  });

  test('another card after a re-seat: the written one is quarantined as swapped', async () => {
    const [first, second] = blanks(2);
    let mute = 0;
    first!.fault = (_, command) => (command[1] === WRITE && mute++ < 2 ? 'mute' : undefined);
    const rig = new Rig({ records: 1, cards: [first!] });
    rig.handler.swapAtReseat = second!;
    await rig.load();
    const result = await (await rig.start()).done;
    expect(await rig.told(1)).toContain('record.quarantined');
    expect(rig.handler.badBin).toMatchObject([{ card: { serial: 'c2' }, reason: 'SWAPPED' }]);
    // The first card was on the stack again: it was finished with its own record.
    expect(result.statistics).toMatchObject({ good: 0, ambiguous: 1 });
    expect(second!.written).toEqual([]);
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined', cardId: 'c1' });
  });

  test('the reader is unplugged and comes back with the card', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 1, cards, attended: true });
    let pulled = false;
    cards[0]!.fault = (_, command) => {
      if (command[1] !== WRITE || pulled) return undefined;
      pulled = true;
      rig.readers.removeReader('slot 1');
      setTimeout(() => rig.readers.addReader('slot 1', cards[0]!), 5);
      return undefined;
    };
    // Another record keeps the line waiting for cards.
    const more = new Rig({ ...rig.options, records: 2 });
    await more.load();
    const next = rig.with({ store: more.store });
    const line = await next.start();
    await until(async () => (await more.record(1))?.state === 'released');
    line.stop();
    await line.done;
    expect(await more.record(1)).toMatchObject({ cardId: 'c1', drawn: { key: 'k1.1' } });
  });
});

describe('wrong cards', () => {
  test('another ATR: out at once, nothing is sent to it, and the rule stops the line', async () => {
    const cards = blanks(4);
    for (const card of cards.slice(0, 2)) card.atr = OTHER_ATR;
    const rig = new Rig({ records: 4, cards, job: { stop: { wrongAtr: 2 } } });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'WRONG_ATR_RULE' } });
    expect(cards[0]!.exchanges).toBe(0);
    expect(rig.handler.stack).toHaveLength(2);
    expect((await states(rig)).free).toBe(4);
    const journal = await rig.store.journal('s1', { after: 0, limit: 100 });
    expect(journal.map(({ event }) => event.type)).toContain('rule.stopped');
  });

  test('a card that is done already comes again: returned, never touched', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 2, cards });
    rig.handler.stack.push(cards[0]!);
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, returned: 1 });
    expect(cards[0]!.written).toHaveLength(3);
    expect(rig.handler.badBin).toMatchObject([{ reason: 'ALREADY_DONE' }]);
    expect(await rig.store.card('c1')).toMatchObject({ state: 'good', record: 1 });
  });

  test('two chips with one ICCID: one record, the second chip is returned untouched', async () => {
    const cards = [new FakeCard('c1', '8949'), new FakeCard('c2', '8949')];
    const rig = new Rig({
      records: 1,
      cards,
      slots: 2,
      keyOf: () => '8949',
      job: { bind: { by: 'iccid', column: 'iccid' } },
    });
    for (const [index, slot] of rig.slots.entries()) rig.readers.insert(slot, cards[index]!);
    rig.handler.stack.length = 0;
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, returned: 1 });
    expect(cards.filter(({ written }) => written.length > 0)).toHaveLength(1);
    expect(rig.handler.badBin).toMatchObject([{ reason: 'DUPLICATE_CARD' }]);
  });

  test('two chips that cannot be told apart, in two slots at once: the second is returned untouched', async () => {
    const cards = [new FakeCard('c1', '8949'), new FakeCard('c2', '8949')];
    const rig = new Rig({ records: 2, cards, slots: 2, worker: { identity: 'iccid' } });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, returned: 1 });
    expect(cards.filter(({ written }) => written.length > 0)).toHaveLength(1);
    expect((await states(rig)).free).toBe(1);
  });

  test('foreign content: returned, its record free for the next card', async () => {
    const cards = blanks(2);
    cards[0]!.files.set(0, 'of another house');
    const rig = new Rig({ records: 1, cards });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, returned: 1 });
    expect(cards[0]!.written).toEqual([]);
    expect(rig.handler.badBin).toMatchObject([{ reason: 'FOREIGN_CONTENT' }]);
  });

  test('wrong keys are never tried twice on a card, and stop the line', async () => {
    const cards = blanks(5);
    for (const card of cards) card.fault = (_, command) => (command[1] === WRITE ? '6982' : undefined);
    const rig = new Rig({
      records: 5,
      cards,
      job: { stop: { keyMismatch: 2 } },
      keyMismatch: ['SECURITY_KEY_CHECK'],
    });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'KEY_MISMATCH' } });
    expect(cards.map(({ powered }) => powered)).toEqual([1, 1, 0, 0, 0]);
  });

  test('wrong keys that only the read-back shows stop the line as well', async () => {
    const rig = new Rig({
      records: 5,
      job: { stop: { keyMismatch: 2 } },
      keyMismatch: ['SECURITY_KEY_MISMATCH'],
    });
    const prepare = rig.worker.prepare.bind(rig.worker);
    const where = { step: 'authenticate', where: 'ADF(USIM)', message: 'RES is another one' };
    const differences = [
      { ...where, step: 'file', message: 'differs' },
      { ...where, code: 'SECURITY_KEY_MISMATCH' },
    ];
    rig.worker.prepare = (record) =>
      Object.assign(prepare(record), { verify: async () => ({ differences, evidence: '' }) });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'KEY_MISMATCH' } });
    expect(result.statistics).toMatchObject({ bad: 2 });
    expect(await rig.record(1)).toMatchObject({
      state: 'failed',
      reason: { code: 'SECURITY_KEY_MISMATCH', message: expect.stringContaining('(and 1 more)') },
    });
  });

  test('what is read back differs: scrapped, the record failed', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 1, cards });
    let written = 0;
    cards[0]!.fault = (_, command) => {
      if (command[1] === WRITE && ++written === 3) setTimeout(() => cards[0]!.files.set(0, 'flipped'));
      return undefined;
    };
    cards[0]!.powerOn = async () => {
      if (written === 3) cards[0]!.files.set(0, 'flipped');
      return FakeCard.prototype.powerOn.call(cards[0]);
    };
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ bad: 1 });
    expect(await rig.record(1)).toMatchObject({ state: 'failed', reason: { code: 'DIFFERENT' } });
  });
});

describe('records', () => {
  test('one that cannot become a card is set aside, and its card takes the next one', async () => {
    const rig = new Rig({
      records: 2,
      cards: blanks(1),
      fields: ({ number, fields }) => (number === 1 ? { ...fields, bad: 'yes' } : fields),
    });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 1, bad: 0 });
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined', reason: { code: 'DATA_RECORDS' } });
    expect(await rig.record(2)).toMatchObject({ state: 'released', cardId: 'c1' });
  });

  test('a key of the line that does not open fields stops the slots; no card and no record is lost', async () => {
    const rig = new Rig({
      records: 2,
      cards: blanks(2),
      fields: () => {
        throw new UsageError('USAGE_SECRET_SOURCE', 'no such key');
      },
    });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'USAGE_SECRET_SOURCE' } });
    expect((await states(rig)).free).toBe(2);
  });
});

describe('stop rules', () => {
  const broken = (count: number) => {
    const cards = blanks(count);
    for (const card of cards) card.muteAtPower = 100;
    return cards;
  };

  test('consecutive failures stop the station', async () => {
    const rig = new Rig({ records: 9, cards: broken(9), job: { stop: { consecutiveFailures: 3 } } });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'CONSECUTIVE_FAILURES' } });
    expect(rig.handler.badBin).toHaveLength(3);
  });

  test('the yield floor stops the station', async () => {
    const cards = [...blanks(2), ...broken(7)];
    const rig = new Rig({
      records: 9,
      cards,
      job: { stop: { yieldFloor: { percent: 50, after: 4 } } },
    });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'YIELD_FLOOR' } });
    expect(rig.handler.badBin).toHaveLength(3);
  });

  test('failures in one slot stop that slot alone', async () => {
    const cards = blanks(12);
    const rig = new Rig({ records: 6, slots: 2, cards, job: { stop: { slotFailures: 2 } } });
    const connect = rig.readers.connect.bind(rig.readers);
    let broken = 0;
    rig.readers.connect = async (name, options) => {
      if (name === 'slot 1') {
        broken++;
        throw new ReaderError('READER_CARD_MUTE', `no answer in ${name}`);
      }
      return connect(name, options);
    };
    const result = await rig.run();
    expect(result.outcome).toBe('done');
    expect(broken).toBe(6);
    expect(result.view.slots.find(({ slot }) => slot === 'slot 1')).toMatchObject({
      state: 'stopped',
      bad: 2,
      problem: { code: 'SLOT_FAILURES' },
    });
    expect(result.statistics.good).toBe(6);
  });

  test('somebody is there: the line waits, and goes on when told', async () => {
    const rig = new Rig({
      records: 2,
      cards: [...broken(2), ...blanks(2)],
      attended: true,
      job: { stop: { consecutiveFailures: 2 } },
    });
    await rig.load();
    const line = await rig.start();
    await until(() => line.view().mode === 'stopped');
    expect(line.view().reason?.code).toBe('CONSECUTIVE_FAILURES');
    line.resume();
    expect(await line.done).toMatchObject({ outcome: 'done', statistics: { good: 2, bad: 2 } });
  });
});

describe('the store fails', () => {
  /** Fails every write from the moment that `broken` says so. */
  function failing(code: 'USAGE_STORE_FULL' | 'USAGE_STORE_FAILED' | 'USAGE_LINE_FENCED') {
    const store = memoryLineStore();
    const state = { broken: false, writes: 0, failAt: 0 };
    const wrapped: LineStore = new Proxy(store, {
      get: (target, name) => {
        if (name !== 'openStation') return Reflect.get(target, name).bind(target);
        return async (station: string, options: { leaseMs: number }) => {
          const handle = await target.openStation(station, options);
          return new Proxy(handle, {
            get: (inner, member) => {
              const value = Reflect.get(inner, member);
              if (member !== 'apply' && member !== 'claim')
                return typeof value === 'function' ? value.bind(inner) : value;
              return async (...args: unknown[]) => {
                if (++state.writes === state.failAt) state.broken = true;
                if (state.broken) throw new UsageError(code as 'USAGE_LINE_FENCED', 'the store said no');
                return value.apply(inner, args);
              };
            },
          });
        };
      },
    });
    return { store: wrapped, state };
  }

  test.each(['USAGE_STORE_FULL', 'USAGE_STORE_FAILED', 'USAGE_LINE_FENCED'] as const)(
    '%s: after the failed acknowledgement no card sees another octet',
    async (code) => {
      for (let failAt = 1; failAt <= 12; failAt++) {
        const { store, state } = failing(code);
        state.failAt = failAt;
        const rig = new Rig({ records: 6, slots: 3, store });
        const cards = [...rig.handler.stack];
        let late = 0;
        for (const card of cards)
          card.fault = () => {
            if (state.broken) late++;
            return undefined;
          };
        const result = await rig.run();
        expect(result).toMatchObject({ outcome: 'stopped', reason: { code } });
        // Exchanges that were on the wire at that moment end; nothing begins.
        expect(late).toBe(0);
        for (const card of cards) {
          const found = await store.card(card.serial);
          if (card.written.length === 0) continue;
          const record = await store.record(BATCH, found!.record!);
          expect(['writing', 'verified', 'released']).toContain(record!.state);
        }
      }
    },
  );

  test('it comes back: resumed with the cards in the slots, nothing drawn twice', async () => {
    const { store, state } = failing('USAGE_STORE_FAILED');
    state.failAt = 7;
    const rig = new Rig({ records: 6, slots: 3, store, attended: true });
    await rig.load();
    const line = await rig.start();
    await until(() => line.view().mode === 'stopped');
    line.resume();
    await until(() => rig.events.filter(({ type }) => type === 'line').length >= 2);
    expect(line.view().mode).toBe('stopped');
    state.broken = false;
    line.resume();
    const result = await line.done;
    expect(result.outcome).toBe('done');
    expect((await states(rig)).released).toBe(6);
    for (const card of rig.handler.goodBin)
      expect(new Set(card.written.map((text) => text.split('/').at(-1))).size).toBe(1);
  });

  test('a later process with the same name: this one stops and cannot go on', async () => {
    const rig = new Rig({ records: 50, slots: 2, attended: true });
    await rig.load();
    const line = await rig.start();
    let taken = false;
    line.subscribe(() => {
      if (taken || rig.handler.goodBin.length < 3) return;
      taken = true;
      void rig.store.openStation('s1', { leaseMs: LEASE_MS });
    });
    const result = await line.done;
    expect(result).toMatchObject({ outcome: 'stopped', reason: { code: 'USAGE_LINE_FENCED' } });
  });
});

describe('the clock', () => {
  test('behind the journal: refused, and nothing is done', async () => {
    let now = 10_000_000;
    const store = memoryLineStore({ clock: () => now });
    const rig = new Rig({ records: 1, store, clock: () => now });
    await rig.load();
    const station = await store.openStation('s1', { leaseMs: LEASE_MS });
    now -= 60_000;
    const line = await rig.start(station);
    await expect(line.done).rejects.toMatchObject({ code: 'USAGE_LINE_CLOCK' });
    expect(rig.handler.stack).toHaveLength(1);
  });

  test('set back while the line runs: its times go on', async () => {
    let now = 10_000_000;
    const store = memoryLineStore({ clock: () => now });
    const rig = new Rig({ records: 3, store, clock: () => now });
    await rig.load();
    const line = await rig.start();
    line.subscribe(() => {
      now -= 3_600_000;
    });
    await line.done;
    const times = rig.events.map(({ at: time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it did not come to pass');
}
