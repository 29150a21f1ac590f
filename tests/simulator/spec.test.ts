import { createSimulatedCard, parseSimSpec, SIM_OPTIONS } from '../../src/simulator/index.js';
import { run, send } from './support.js';

async function cardOf(spec: string) {
  const card = createSimulatedCard(parseSimSpec(spec));
  await card.powerOn();
  return card;
}

test('profile alone, with and without the prefix, and the default', () => {
  expect(parseSimSpec('sim:ruim')).toEqual({ profile: 'ruim' });
  expect(parseSimSpec('uicc-t0')).toEqual({ profile: 'uicc-t0' });
  expect(parseSimSpec('sim:')).toEqual({ profile: 'uicc' });
  expect(parseSimSpec('./my cards/one.yaml?state=a+b.json')).toEqual({
    profile: './my cards/one.yaml',
    state: 'a+b.json',
  });
});

test('the protocol changes, and the ATR with it', async () => {
  const card = await cardOf('uicc?protocol=t0');
  expect(card.protocol).toBe('T=0');
  expect((await card.powerOn())![3]).toBe(0x80);
  expect(await send(card, '00A40004022F00')).toBe('611C');
  expect(() => createSimulatedCard(parseSimSpec('sim?protocol=t1'))).toThrow(/speaks T=0 alone/);
});

test('faults', async () => {
  const card = await cardOf(
    'uicc?fault=mute@1&fault=sw@2:6581&fault=response@3:9000&fault=ins-B0:6982&fault=tear@5',
  );
  expect(await send(card, '00A4000C023F00')).toBe('mute');
  expect(await send(card, '00A4000C023F00')).toBe('6581');
  expect(await send(card, '00A4000C022FFF')).toBe('9000');
  expect(await send(card, '00B0000001')).toBe('6982');
  expect(await send(card, '00A4000C023F00')).toBe('removed');
  expect(await (await cardOf('uicc?fault=no-atr')).powerOn()).toBeUndefined();
});

test('a tear inside a write, and one after it', async () => {
  const torn = async (moment: string) => {
    const card = await cardOf(`uicc?fault=tear@3:${moment}`);
    await run(card, '0020000A083132333435363738', '00A4080C047F506431');
    expect(await send(card, '00D6000002CAFE')).toBe('removed');
    return Buffer.from(card.file('3F00/7F50/6431')!.content.slice(0, 2)).toString('hex');
  };
  expect([await torn('before'), await torn('1'), await torn('after')]).toEqual(['ffff', 'caff', 'cafe']);
});

test.each([
  'uicc?protocol=t9',
  'uicc?colour=red',
  'uicc?fault=explode',
  'uicc?fault=mute@0',
  'uicc?fault=sw@1:90',
  'uicc?slow=fast',
  'uicc?realtime=perhaps',
  'uicc?fault=tear@1:soon',
])('%s is refused', (spec) => {
  expect(() => parseSimSpec(spec)).toThrow(expect.objectContaining({ code: 'USAGE_SIMULATOR_OPTION' }));
});

test('every option that the parser takes is in the table', () => {
  expect(new Set(SIM_OPTIONS.map(({ name }) => name))).toEqual(
    new Set(['protocol', 'state', 'realtime', 'slow', 'fault']),
  );
});
