/**
 * The cards of a personalization line, octets by hand (TS 31.102 §4.2, §7.1; TS 102 221 §11.1; GPC 2.3.1 §H.6). The
 * subscription that is written is that of TS 35.207 set 1, whose RES is published there.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { createVector, Milenage } from '../../src/crypto/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';

const RAND = '23553cbe9637a89d218ae64dae47bf35';
const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
const OPC = 'cd63cb71954a9f4e48a5994e37a02baf';
const USIM = '00a4040410a0000000871002ff49ff01890000010000';
const ADM1 = '0020000a083132333435363738';

async function send(card: SimulatedCard, command: string): Promise<string> {
  const answer = await card.transmit(fromHex(command));
  if (answer.kind !== 'response') throw new Error(answer.kind);
  return toHex(answer.response);
}

async function usim(
  options: Partial<Parameters<typeof createSimulatedCard>[0]> = {},
): Promise<SimulatedCard> {
  const card = createSimulatedCard({ profile: 'uicc-line', ...options });
  await card.powerOn();
  await send(card, USIM);
  return card;
}

function authenticate(card: SimulatedCard, sqn: string): Promise<string> {
  const centre = new Milenage({ k: fromHex(K), opc: fromHex(OPC) });
  const { autn } = createVector(centre, fromHex(RAND), fromHex(sqn), fromHex('8000'));
  return send(card, `0088008122${`10${RAND}10${toHex(autn)}`}00`);
}

test('AUTHENTICATE is refused while the card has no keys, and answers with those that ADM1 wrote', async () => {
  const card = await usim();
  expect(await authenticate(card, '000000000021')).toBe('6985');
  await send(card, '00a4000c02a001');
  expect(await send(card, `00d6000020${K}${OPC}`)).toBe('6982');
  expect(await send(card, ADM1)).toBe('9000');
  expect(await send(card, `00d6000020${K}${OPC}`)).toBe('9000');
  expect(await send(card, '00b0000020')).toBe('6982');
  expect(await authenticate(card, '000000000021')).toMatch(/^db08a54211d5e3ba50bf10/);
});

test('keys and accepted sequence numbers are there again from a state file', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'simboot-line-')), 'card.json');
  const before = await usim({ state });
  await send(before, ADM1);
  await send(before, '00a4000c02a001');
  await send(before, `00d6000020${K}${OPC}`);
  expect(await authenticate(before, '000000000041')).toMatch(/^db08/);
  const after = await usim({ state });
  expect(await authenticate(after, '000000000041')).toMatch(/^dc0e/);
  expect(await authenticate(after, '000000000061')).toMatch(/^db08/);
});

test('PUK1 is changed with CHANGE PIN, and PIN1 is unblocked with the new value alone', async () => {
  const card = await usim();
  const [old, fresh] = ['3030303030303030', '3837363534333231'];
  expect(await send(card, `0024000e10${old}${fresh}`)).toBe('9000');
  expect(await send(card, `002c000110${old}31323334ffffffff`)).toBe('63c9');
  expect(await send(card, `002c000110${fresh}31323334ffffffff`)).toBe('9000');
  const image = card.snapshot();
  const copy = createSimulatedCard({ profile: 'uicc-line' });
  copy.restore(image);
  await copy.powerOn();
  expect(await send(copy, `002c000110${fresh}31323334ffffffff`)).toBe('9000');
});

test('two chips of one profile have their own CPLC, diversification data and printed ICCID', async () => {
  const cplc = Uint8Array.from({ length: 42 }, (_, index) => index);
  const diversificationData = fromHex('0102030405060708090a');
  const card = createSimulatedCard({
    profile: 'uicc-line',
    chip: { cplc, diversificationData, iccid: '8988211000000001001' },
  });
  await card.powerOn();
  expect(toHex(card.file('3F00/2FE2')!.content)).toBe('988812010000001000f1');
  expect(await send(card, '00a4040408a00000015100000000')).toMatch(/9000$/);
  expect(await send(card, '80ca9f7f00')).toBe(`9f7f2a${toHex(cplc)}9000`);
  expect(await send(card, '80500000080102030405060708')).toMatch(/^0102030405060708090a300370/);
  expect(() => createSimulatedCard({ profile: 'uicc-line', chip: { cplc: cplc.slice(1) } })).toThrow(
    expect.objectContaining({ code: 'USAGE_SIMULATOR_OPTION' }),
  );
  expect(() =>
    createSimulatedCard({ profile: 'not-a-uicc', chip: { iccid: '8988211000000001001' } }),
  ).toThrow(expect.objectContaining({ code: 'USAGE_SIMULATOR_OPTION' }));
});

test('a SIM of the line lets ADM write ICCID and IMSI in 2G mode', async () => {
  const card = createSimulatedCard({ profile: 'sim-line' });
  await card.powerOn();
  await send(card, 'a0a40000022fe2');
  expect(await send(card, 'a0d600000a988812010000001000f1')).toBe('9804');
  expect(await send(card, 'a020000a083132333435363738')).toBe('9000');
  expect(await send(card, 'a0d600000a988812010000001000f1')).toBe('9000');
  expect(await send(card, 'a0b000000a')).toBe('988812010000001000f19000');
});
