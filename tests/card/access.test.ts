/** Access rules in all four forms (TS 102 221 §9.2, ISO/IEC 7816-4 §5.4.3; TS 51.011 §9.3), damaged ones too. */
import fc from 'fast-check';
import { fromHex } from '../../src/bytes/index.js';
import {
  ACCESS_RULES,
  type AccessCondition,
  type AccessRule,
  describeCondition,
} from '../../src/card/index.js';
import { fuzz } from '../support/fuzz.js';
import { answer2g, errorOf, PKCS15, SELECT_AID, sim, uicc } from './support.js';

const key = (reference: number): AccessCondition => ({ kind: 'key', key: reference });
const leaf: fc.Arbitrary<AccessCondition> = fc.oneof(
  fc.constant({ kind: 'always' } as const),
  fc.constant({ kind: 'never' } as const),
  fc.integer({ min: 0, max: 255 }).map(key),
);
const condition: fc.Arbitrary<AccessCondition> = fc.letrec<{ node: AccessCondition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of) => ({ kind: 'any-of', of }) as const),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of) => ({ kind: 'all-of', of }) as const),
    tie('node').map((of) => ({ kind: 'not', of }) as const),
  ),
})).node;
const rules: fc.Arbitrary<AccessRule[]> = fc.array(
  fc.oneof(
    fc.record({ mode: fc.integer({ min: 0, max: 255 }), condition }),
    fc.record({
      header: fc.integer({ min: 1, max: 15 }),
      octets: fc.uint8Array({ minLength: 1, maxLength: 4 }),
      condition,
    }),
  ),
  { maxLength: 4 },
);

test('expanded rules come back as they were written', () => {
  fc.assert(
    fc.property(rules, (value) => expect(ACCESS_RULES.decode(ACCESS_RULES.encode(value))).toEqual(value)),
  );
});

test.each<[string, string, object[]]>([
  [
    'several conditions for one operation are alternatives',
    '800101 A403830101 A40383010A',
    [{ mode: 1, condition: { kind: 'any-of', of: [key(1), key(0x0a)] } }],
  ],
  [
    'AND (AF)',
    '800102 AF0A A403830101 A40383010A',
    [{ mode: 2, condition: { kind: 'all-of', of: [key(1), key(0x0a)] } }],
  ],
  [
    'A7 around one condition inverts it',
    '800102 A705 A403830101',
    [{ mode: 2, condition: { kind: 'not', of: key(1) } }],
  ],
  [
    'A7 around several needs them all',
    '800102 A70A A403830101 A40383010A',
    [{ mode: 2, condition: { kind: 'all-of', of: [key(1), key(0x0a)] } }],
  ],
  ['secure messaging', '800101 B400', [{ mode: 1, condition: { kind: 'secure-messaging' } }]],
  [
    'a maker’s own access mode is left out',
    '9C0101 9000 800101 9700',
    [{ mode: 1, condition: { kind: 'never' } }],
  ],
  [
    'an authentication without a key',
    '800101 A403950108',
    [{ mode: 1, condition: { kind: 'unknown', reason: 'A4 950108 names no key' } }],
  ],
  ['nothing but padding', 'FFFFFFFF', []],
])('%s', (_name, hex, expected) => {
  expect(ACCESS_RULES.decode(fromHex(hex))).toEqual(expected);
});

test.each([
  ['9000', 'DATA_ACCESS_RULE', /without an operation/],
  ['800101', 'DATA_ACCESS_RULE', /without a condition/],
  ['80020101 9000', 'DATA_ACCESS_RULE', /access mode of 2/],
  ['800101 A000', 'DATA_ACCESS_RULE', /empty template/],
  ['800101 A4', 'DATA_TLV', /octet 3/],
  [`800101 ${'A010A00EA00CA00AA008A006A004A002A000'}`, 'DATA_ACCESS_RULE', /too deep/],
])('malformed: %s', (hex, code, message) => {
  const decode = () => ACCESS_RULES.decode(fromHex(hex));
  expect(decode).toThrow(expect.objectContaining({ code }));
  expect(decode).toThrow(message);
});

test('100,000 damaged rules: only typed errors', () => {
  expect(
    fuzz(
      ACCESS_RULES.decode,
      ACCESS_RULES.examples.map(({ hex }) => fromHex(hex)),
    ).refused,
  ).toBeGreaterThan(0);
});

test('conditions in words', () => {
  const all: AccessCondition = {
    kind: 'all-of',
    of: [{ kind: 'any-of', of: [key(0x01), key(0x11)] }, key(0x0a), { kind: 'not', of: key(0x81) }],
  };
  expect(describeCondition(all)).toBe(
    '(PIN1 (key 01) or Universal PIN (key 11)) and ADM1 (key 0A) and not PIN2 (key 81)',
  );
  expect(
    describeCondition({ kind: 'all-of', of: [key(0x0a), { kind: 'any-of', of: [key(0x0a), key(0x0a)] }] }),
  ).toBe('ADM1 (key 0A) and (ADM1 (key 0A))');
  expect(describeCondition(key(0x8e))).toBe('ADM10 (key 8E)');
  expect(describeCondition(key(0x03))).toBe('PIN of application 3 (key 03)');
  expect(describeCondition(key(0x84))).toBe('second PIN of application 4 (key 84)');
  expect(describeCondition({ kind: 'adm', level: 5 })).toBe('an administrative key (level 5)');
});

describe('referenced: tag 8B', () => {
  const file = { application: PKCS15, relative: [0x6431] };
  const withRule = (tlv8b: string): readonly [string, string] => {
    const rule = fromHex(tlv8b).length;
    const hex = (n: number) => n.toString(16).padStart(2, '0');
    return ['00A40004 02 6431 00', `62${hex(rule + 11)} 82024121 83026431 8A0105 ${tlv8b} 9000`];
  };
  const ARR_FCP = '620D 82054221003005 83026F06 8A0105';
  const READ_PIN1 = '800101A40683010195010880011AA40683010A950108';

  test('2F06 is looked for under the MF at once, and each record is read once', async () => {
    await uicc(
      [
        SELECT_AID,
        withRule('8B032F0603'),
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2030430', `${READ_PIN1} 9000`],
      ],
      async (card) => {
        expect(await card.accessCondition(file, 'read')).toEqual(key(1));
        expect(await card.accessCondition(file, 'update')).toEqual(key(0x0a));
        expect(await card.accessCondition(file, 'activate')).toEqual(key(0x0a));
        expect(await card.accessCondition(file, 'delete')).toEqual({ kind: 'never' });
        expect(await card.accessCondition(file, 'resize')).toEqual({ kind: 'never' });
      },
    );
  });

  test('6F06 is looked for in the ADF, then upward to the MF', async () => {
    await uicc(
      [
        SELECT_AID,
        withRule('8B036F0601'),
        ['00A40004 02 6F06 00', '6A82'],
        ['00A40804 02 6F06 00', `${ARR_FCP} 9000`],
        ['00B2010430', `${READ_PIN1} 9000`],
      ],
      async (card) => {
        expect(await card.accessCondition(file, 'read')).toEqual(key(1));
        expect(await card.keysNeeded(file, 'update')).toEqual({
          ways: [[{ kind: 'key', key: 0x0a }]],
          reasons: [],
        });
      },
    );
  });

  test('pairs of SEID and record: SE01 while an application PIN is enabled', async () => {
    await uicc(
      [
        SELECT_AID,
        withRule('8B062F06 0002 0104'),
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2040430', '8001019000 9000'],
      ],
      async (card) => {
        expect(await card.accessCondition(file, 'read')).toEqual({ kind: 'always' });
      },
    );
  });

  test('pairs of SEID and record: SE00 while it is disabled, and the Universal PIN replaces it', async () => {
    const adf = '621F 82027821 83027F50 8A0105 C612 900140 830101 950108 830111 950108 83010A';
    await uicc(
      [
        [SELECT_AID[0], `${adf} 9000`],
        withRule('8B062F06 0104 0002'),
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2020430', `${READ_PIN1} 9000`],
      ],
      async (card) => {
        expect(await card.keysNeeded(file, 'read')).toEqual({
          ways: [[{ kind: 'key', key: 0x11 }]],
          reasons: [],
        });
      },
    );
  });

  test.each([
    ['8B022F06', /2 octets/],
    ['8B052F060101 02', /5 octets/],
    ['8B062F06 0301 0402', /security environment 01/],
  ])('%s cannot be followed, and says so', async (tlv, reason) => {
    await uicc([SELECT_AID, withRule(tlv)], async (card) => {
      const rule = await card.accessCondition(file, 'read');
      expect(rule).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(reason) });
      expect(await card.keysNeeded(file, 'read')).toMatchObject({ ways: [] });
    });
  });

  test.each<[string, readonly (readonly [string, string])[], RegExp]>([
    ['no EF(ARR)', [['00A40804 02 2F06 00', '6A82']], /not there/],
    [
      'EF(ARR) may not be read',
      [
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2030430', '6982'],
      ],
      /access denied/,
    ],
    [
      'a record too far',
      [
        ['00A40804 02 2F06 00', '620D 82054221003005 83026F06 8A0105 9000'],
        ['00B2030430', '6A83'],
      ],
      /record/,
    ],
    [
      'a malformed record',
      [
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2030430', '80 9000'],
      ],
      /cut off/,
    ],
  ])('%s: unknown with its reason, no crash', async (_name, exchanges, reason) => {
    await uicc([SELECT_AID, withRule('8B032F0603'), ...exchanges], async (card) => {
      const rule = await card.accessCondition(file, 'read');
      expect(rule).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(reason) });
    });
  });

  test('access denied names the key of the rule', async () => {
    await uicc(
      [
        SELECT_AID,
        withRule('8B032F0603'),
        ['00B0000100', '6982'],
        ['00A40804 02 2F06 00', `${ARR_FCP} 9000`],
        ['00B2030430', `${READ_PIN1} 9000`],
      ],
      async (card) => {
        const error = await errorOf(card.readBinary(file, { offset: 1, length: 256 }));
        expect(error).toMatchObject({ code: 'SECURITY_ACCESS_DENIED', details: { key: '01', sw: '6982' } });
        expect(error.message).toMatch(/EF 6431 .*6982.*rule for read: PIN1 \(key 01\)/);
      },
    );
  });
});

describe('compact: tag 8C', () => {
  const ask = async (
    rule: string,
    operation: 'read' | 'update' | 'delete',
    pins = 'C609 9001C0 830101 83010A',
  ) => {
    const rest = fromHex(rule).length + 8;
    const adf = `62${(4 + 4 + fromHex(pins).length).toString(16).padStart(2, '0')} 82027821 83027F50 ${pins}`;
    let found: AccessCondition | undefined;
    await uicc(
      [
        [SELECT_AID[0], `${adf} 9000`],
        ['00A40004 02 6431 00', `62${rest.toString(16).padStart(2, '0')} 82024121 83026431 ${rule} 9000`],
      ],
      async (card) => {
        found = await card.accessCondition({ application: PKCS15, relative: [0x6431] }, operation);
      },
    );
    return found;
  };

  test('one condition octet a bit, from the highest bit down', async () => {
    expect(await ask('8C03 03 FF 00', 'read')).toEqual({ kind: 'always' });
    expect(await ask('8C03 03 FF 00', 'update')).toEqual({ kind: 'never' });
    expect(await ask('8C04 43 00 FF FF', 'delete')).toEqual({ kind: 'always' });
    expect(await ask('8C02 02 00', 'read')).toEqual({ kind: 'never' });
  });

  test('user authentication takes its key from the directory', async () => {
    expect(await ask('8C03 03 10 10', 'read')).toEqual(key(1));
    expect(await ask('8C03 03 10 10', 'update')).toEqual({ kind: 'any-of', of: [key(1), key(0x0a)] });
    expect(await ask('8C03 03 10 10', 'read', 'C606 900180 830111')).toEqual(key(0x11));
    expect(await ask('8C03 03 10 10', 'update', 'C606 900180 83010A')).toEqual(key(0x0a));
  });

  test('all or one of several, secure messaging, what names no key', async () => {
    expect(await ask('8C02 01 D1', 'read')).toEqual({
      kind: 'all-of',
      of: [{ kind: 'secure-messaging' }, key(1)],
    });
    expect(await ask('8C02 01 51', 'read')).toMatchObject({ kind: 'any-of' });
    expect(await ask('8C02 01 20', 'read')).toEqual(key(0x0a));
    expect(await ask('8C02 01 20', 'read', 'C606 900180 830101')).toMatchObject({ kind: 'unknown' });
    expect(await ask('8C02 01 81', 'read')).toMatchObject({ kind: 'unknown' });
  });

  test('several sets are alternatives; a missing octet is unknown', async () => {
    expect(await ask('8C04 01 FF 01 00', 'read')).toEqual({
      kind: 'any-of',
      of: [{ kind: 'never' }, { kind: 'always' }],
    });
    expect(await ask('8C02 03 00', 'read')).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/missing/),
    });
  });
});

test('expanded in the FCP itself: tag AB', async () => {
  const file = { application: PKCS15, relative: [0x6430] };
  const FCP = '622982024121830264308A0105AB16800101A406830101950108800102A40683010A950108800202008800';
  await uicc([SELECT_AID, ['00A40004 02 6430 00', `${FCP} 9000`]], async (card) => {
    expect(await card.accessCondition(file, 'read')).toEqual(key(1));
    expect(await card.accessCondition(file, 'update')).toEqual(key(0x0a));
    expect(await card.accessCondition(file, 'deactivate')).toEqual({ kind: 'never' });
  });
});

test('a directory has its own bits: 02 creates EFs, 04 DFs; RESIZE is named by its instruction', async () => {
  const AB = 'AB0F 800102 9000 800104 9700 8401D4 9000';
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  const adf = `62${hex(8 + fromHex(AB).length)} 82027821 83027F50 ${AB}`;
  const location = { application: PKCS15, relative: [] };
  await uicc([[SELECT_AID[0], `${adf} 9000`]], async (card) => {
    expect(await card.accessCondition(location, 'create')).toEqual({ kind: 'always' });
    expect(await card.accessCondition(location, 'create-df')).toEqual({ kind: 'never' });
    expect(await card.accessCondition(location, 'resize')).toEqual({ kind: 'always' });
    expect(await card.accessCondition(location, 'read')).toEqual({ kind: 'never' });
  });
});

test.each<[string, 'read' | 'update' | 'activate' | 'deactivate' | 'resize', object]>([
  ['14FF52', 'read', key(1)],
  ['14FF52', 'update', { kind: 'adm', level: 4 }],
  ['14FF52', 'activate', { kind: 'adm', level: 5 }],
  ['14FF52', 'deactivate', key(2)],
  ['0FFF44', 'read', { kind: 'always' }],
  ['0FFF44', 'update', { kind: 'never' }],
  ['30FF44', 'read', { kind: 'unknown' }],
  ['14FF52', 'resize', { kind: 'unknown' }],
])('2G nibbles %s: %s', async (access, operation, expected) => {
  await sim(
    [
      ['A0A40000 02 7F50', '9F17'],
      ['A0A40000 02 6431', '9F0F'],
      ['A0C000000F', `${answer2g('6431', '0200', access)} 9000`],
    ],
    async (card) => {
      const found = await card.accessCondition({ path: [0x3f00, 0x7f50, 0x6431] }, operation);
      expect(found).toMatchObject(expected);
    },
  );
});

test('2G: access denied names the condition', async () => {
  await sim(
    [
      ['A0A40000 02 6431', '9F0F'],
      ['A0C000000F', `${answer2g('6431', '0020', '14FF44')} 9000`],
      ['A0D6000001FF', '9804'],
    ],
    async (card) => {
      const error = await errorOf(card.updateBinary({ path: [0x3f00, 0x6431] }, 0, Uint8Array.of(0xff)));
      expect(error).toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
      expect(error.message).toMatch(/EF 6431 \(3F00\/6431\).*an administrative key \(level 4\)/);
    },
  );
});
