/** VERIFY and retry counters (TS 102 221 §11.1.9, TS 51.011 §8.9, §9.2.1): what is sent, and above all what is not. */
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  type AccessCondition,
  describeKeysNeeded,
  encodePin,
  keysNeeded,
  parseKeyValue,
} from '../../src/card/index.js';
import { errorOf, sim, uicc, uiccT0 } from './support.js';

const PIN = encodePin('1234');
const ADM = parseKeyValue({ ascii: '12345678' });

test('values', () => {
  expect(toHex(PIN)).toBe('31323334ffffffff');
  expect(toHex(encodePin('12345678'))).toBe('3132333435363738');
  expect(toHex(ADM)).toBe('3132333435363738');
  expect(toHex(parseKeyValue({ hex: '31 32 33 34 35 36 37 38' }))).toBe('3132333435363738');
  expect(toHex(parseKeyValue({ hex: 'ffEEddCCbbAA9988' }))).toBe('ffeeddccbbaa9988');
});

test.each([
  () => encodePin('123'),
  () => encodePin('123456789'),
  () => encodePin('12a4'),
  () => encodePin('１２３４'),
  () => parseKeyValue({ hex: '12345678' }),
  () => parseKeyValue({ hex: '313233343536373G' }),
  () => parseKeyValue({ ascii: '3132333435363738' }),
  () => parseKeyValue({ ascii: '1234567' }),
  () => parseKeyValue({ ascii: '1234567é' }),
])('a value of the wrong form is refused, and not shown (%#)', (make) => {
  let message = '';
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE_ARGUMENT' });
    message = (error as Error).message;
  }
  expect(message).not.toBe('');
  expect(message).not.toMatch(/1234|3132|３/);
});

test('the other notation is hinted at', () => {
  expect(() => parseKeyValue({ hex: '12345678' })).toThrow(/eight characters are an ASCII value/);
  expect(() => parseKeyValue({ ascii: '3132333435363738' })).toThrow(/sixteen digits are a hex value/);
});

test.each<[string, object]>([
  ['63C3', { state: 'needed', tries: 3 }],
  ['63C0', { state: 'blocked', tries: 0 }],
  ['6983', { state: 'blocked', tries: 0 }],
  ['6984', { state: 'disabled' }],
  ['9000', { state: 'verified' }],
  ['6A88', { state: 'unknown' }],
  ['6700', { state: 'unknown' }],
])('3G: the empty VERIFY answered with %s', async (sw, status) => {
  await uicc([['0020000A', sw]], async (card) => {
    expect(await card.pinStatus(0x0a)).toEqual({ key: 0x0a, ...status });
  });
});

test('3G: the counter first, then the value once; T=0 has P3 = 00 in the empty VERIFY', async () => {
  await uicc(
    [
      ['00200001', '63C3'],
      ['00200001 08 31323334FFFFFFFF', '9000'],
    ],
    (card) => card.present(0x01, PIN),
  );
  await uiccT0(
    [
      ['0020000A 00', '63CA'],
      ['0020000A 08 3132333435363738', '9000'],
    ],
    (card) => card.present(0x0a, ADM),
  );
});

test.each<[string, string, string, object]>([
  ['3G: a wrong value', '63C3', '63C2', { code: 'SECURITY_PIN_WRONG', details: { key: '01', tries: 2 } }],
  ['3G: wrong, tries not told', '63C3', '6300', { code: 'SECURITY_PIN_WRONG', details: { tries: 2 } }],
  ['3G: wrong and blocked', '63C2', '6983', { code: 'SECURITY_BLOCKED', details: { tries: 0 } }],
  ['3G: wrong, none left', '63C2', '63C0', { code: 'SECURITY_BLOCKED' }],
  ['3G: refused for another reason', '63C3', '6985', { code: 'CARD_STATUS' }],
])('%s is an error after one VERIFY', async (_name, before, after, expected) => {
  await uicc(
    [
      ['00200001', before],
      ['00200001 08 31323334FFFFFFFF', after],
    ],
    async (card) => {
      const error = await errorOf(card.present(0x01, PIN));
      expect(error).toMatchObject(expected);
      expect(JSON.stringify(error)).not.toMatch(/31323334|1234/);
    },
  );
});

test.each<[string, string]>([
  ['63C1', 'SECURITY_LAST_TRY'],
  ['63C0', 'SECURITY_BLOCKED'],
  ['6983', 'SECURITY_BLOCKED'],
  ['6984', 'SECURITY_PIN_UNUSABLE'],
  ['6A86', 'SECURITY_TRIES_UNKNOWN'],
])('3G: after %s nothing is presented (%s)', async (sw, code) => {
  await uicc([['00200001', sw]], async (card) => {
    expect(await errorOf(card.present(0x01, PIN))).toMatchObject({ code });
  });
});

test('3G: the last try, and unknown tries, only with consent of their own', async () => {
  await uicc([['00200001', '63C1']], async (card) => {
    expect(await errorOf(card.present(0x01, PIN, { consentUnknownTries: true }))).toMatchObject({
      code: 'SECURITY_LAST_TRY',
    });
  });
  await uicc([['0020000A', '6700']], async (card) => {
    expect(await errorOf(card.present(0x0a, ADM, { allowLastTry: true }))).toMatchObject({
      code: 'SECURITY_TRIES_UNKNOWN',
    });
  });
  await uicc(
    [
      ['00200001', '63C1'],
      ['00200001 08 31323334FFFFFFFF', '9000'],
    ],
    (card) => card.present(0x01, PIN, { allowLastTry: true }),
  );
  await uicc(
    [
      ['0020000A', '6700'],
      ['0020000A 08 3132333435363738', '6300'],
    ],
    async (card) => {
      const error = await errorOf(card.present(0x0a, ADM, { consentUnknownTries: true }));
      expect(error).toMatchObject({ code: 'SECURITY_PIN_WRONG' });
      expect(error.message).toMatch(/does not tell/);
    },
  );
});

test('a key that is verified already is not presented again', async () => {
  await uicc([['00200001', '9000']], (card) => card.present(0x01, PIN));
});

test('a value of other than 8 octets is refused before anything is sent', async () => {
  await uicc([], async (card) => {
    expect(await errorOf(card.present(0x01, fromHex('31323334')))).toMatchObject({ code: 'USAGE_ARGUMENT' });
  });
});

const directory = (chv1: string, characteristics = '13') =>
  `0000 1000 3F00 01 0000000000 0A ${characteristics} 00 03 04 00 ${chv1} 8A 83 8A 00`;

test('2G: the tries are in the answer of the current directory; CHV1 presented once', async () => {
  await sim(
    [
      ['A0A40000 02 3F00', '9F17'],
      ['A0C0000017', `${directory('83')} 9000`],
      ['A0200001 08 31323334FFFFFFFF', '9000'],
      ['A0A40000 02 3F00', '9F17'],
      ['A0C0000017', `${directory('83')} 9000`],
    ],
    async (card) => {
      await card.present(0x01, PIN);
      expect(await card.pinStatus(0x01)).toEqual({ key: 1, state: 'verified', tries: 3 });
    },
  );
});

test.each<[string, string, string]>([
  ['81', '13', 'SECURITY_LAST_TRY'],
  ['80', '13', 'SECURITY_BLOCKED'],
  ['83', '93', 'SECURITY_PIN_UNUSABLE'],
  ['03', '13', 'SECURITY_PIN_UNUSABLE'],
])('2G: CHV1 status %s, characteristics %s: %s, nothing presented', async (chv1, characteristics, code) => {
  await sim(
    [
      ['A0A40000 02 3F00', '9F17'],
      ['A0C0000017', `${directory(chv1, characteristics)} 9000`],
    ],
    async (card) => {
      expect(await errorOf(card.present(0x01, PIN))).toMatchObject({ code });
    },
  );
});

test.each<[string, object]>([
  ['9804', { code: 'SECURITY_PIN_WRONG', details: { tries: 2 } }],
  ['9840', { code: 'SECURITY_BLOCKED', details: { tries: 0 } }],
  ['9808', { code: 'SECURITY_PIN_UNUSABLE' }],
  ['9802', { code: 'SECURITY_PIN_UNUSABLE' }],
])('2G: VERIFY CHV answered with %s', async (sw, expected) => {
  await sim(
    [
      ['A0A40000 02 3F00', '9F17'],
      ['A0C0000017', `${directory('83')} 9000`],
      ['A0200001 08 31323334FFFFFFFF', sw],
    ],
    async (card) => {
      expect(await errorOf(card.present(0x01, PIN))).toMatchObject(expected);
    },
  );
});

test('2G: an ADM has no counter anywhere: nothing without consent, then once', async () => {
  await sim([], async (card) => {
    expect(await card.pinStatus(0x0a)).toEqual({ key: 0x0a, state: 'unknown' });
    expect(await errorOf(card.present(0x0a, ADM))).toMatchObject({ code: 'SECURITY_TRIES_UNKNOWN' });
  });
  await sim([['A020000A 08 3132333435363738', '9804']], async (card) => {
    const error = await errorOf(card.present(0x0a, ADM, { consentUnknownTries: true }));
    expect(error).toMatchObject({ code: 'SECURITY_PIN_WRONG', details: { key: '0A', sw: '9804' } });
    expect(error.details.tries).toBeUndefined();
    // A second attempt could be the last one: consent or not, it is not made.
    const again = await errorOf(card.present(0x0a, ADM, { consentUnknownTries: true }));
    expect(again).toMatchObject({ code: 'SECURITY_TRIES_UNKNOWN' });
    expect(again.message).toMatch(/refused before/);
  });
  await sim([['A020000A 08 3132333435363738', '9000']], async (card) => {
    await card.present(0x0a, ADM, { consentUnknownTries: true });
    // Verified in this session: not sent a second time.
    await card.present(0x0a, ADM);
  });
});

describe('what must be presented', () => {
  const key = (reference: number): AccessCondition => ({ kind: 'key', key: reference });
  const need = (...keys: number[]) => keys.map((reference) => ({ kind: 'key', key: reference }));

  test('an application PIN that is enabled, disabled, or replaced by the Universal PIN (§9.4, §9.5.1)', () => {
    const pins = (own: boolean, universal?: boolean, usage?: number) => [
      { key: 0x01, enabled: own },
      ...(universal === undefined
        ? []
        : [{ key: 0x11, enabled: universal, ...(usage === undefined ? {} : { usage }) }]),
    ];
    expect(keysNeeded(key(1), []).ways).toEqual([need(1)]);
    expect(keysNeeded(key(1), pins(true, true, 0x08)).ways).toEqual([need(1)]);
    expect(keysNeeded(key(1), pins(false)).ways).toEqual([[]]);
    expect(keysNeeded(key(1), pins(false, true)).ways).toEqual([[]]);
    expect(keysNeeded(key(1), pins(false, true, 0x08)).ways).toEqual([need(0x11)]);
    expect(keysNeeded(key(1), pins(false, false, 0x08)).ways).toEqual([[]]);
    expect(keysNeeded(key(0x11), pins(true, false)).ways).toEqual([[]]);
    expect(keysNeeded(key(0x81), [{ key: 0x81, enabled: false }]).ways).toEqual([[]]);
    // The status bit of an administrative key does not make it go away.
    expect(keysNeeded(key(0x0a), [{ key: 0x0a, enabled: false }]).ways).toEqual([need(0x0a)]);
  });

  test('alternatives and combinations, the least first, each once', () => {
    const condition: AccessCondition = {
      kind: 'any-of',
      of: [{ kind: 'all-of', of: [key(1), key(0x0a), key(1)] }, key(0x0b), key(0x0b), { kind: 'never' }],
    };
    expect(keysNeeded(condition, [])).toEqual({
      ways: [need(0x0b), need(1, 0x0a)],
      reasons: ['the access rule says never'],
    });
    expect(keysNeeded({ kind: 'adm', level: 4 }, []).ways).toEqual([[{ kind: 'adm', level: 4 }]]);
  });

  test('never, unknown, inverted and secure messaging have no way, and say why', () => {
    for (const closed of [
      { kind: 'never' },
      { kind: 'unknown', reason: 'EF(ARR) is gone' },
      { kind: 'not', of: key(1) },
      { kind: 'secure-messaging' },
    ] satisfies AccessCondition[]) {
      const { ways, reasons } = keysNeeded(closed, []);
      expect(ways).toEqual([]);
      expect(reasons).toHaveLength(1);
    }
  });

  test('in words', () => {
    const either: AccessCondition = {
      kind: 'any-of',
      of: [key(0x0a), { kind: 'all-of', of: [key(1), { kind: 'adm', level: 4 }] }],
    };
    const needed = keysNeeded(either, []);
    expect(describeKeysNeeded(needed)).toBe(
      'ADM1 (key 0A), or PIN1 (key 01) and an administrative key (level 4)',
    );
    expect(describeKeysNeeded(keysNeeded({ kind: 'always' }, []))).toBe('nothing');
    expect(describeKeysNeeded(keysNeeded({ kind: 'never' }, []))).toBe(
      'cannot be done: the access rule says never',
    );
  });

  test('rules that multiply stay bounded', () => {
    let condition: AccessCondition = { kind: 'any-of', of: [key(1), key(2)] };
    for (let i = 0; i < 20; i++)
      condition = { kind: 'all-of', of: [condition, { kind: 'any-of', of: [key(i), key(i + 1)] }] };
    expect(keysNeeded(condition, []).ways.length).toBeLessThanOrEqual(64);
  });
});
