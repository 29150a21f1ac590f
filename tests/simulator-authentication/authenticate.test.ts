/**
 * AUTHENTICATE of the simulated USIM, octets by hand (TS 31.102 §7.1). Its keys are those of TS 35.207 set 1, for whose
 * RAND the clause gives RES, CK, IK and AK; AUTN with other SQNs is (SQN ⊕ AK) ‖ AMF ‖ MAC-A by Milenage.
 */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { createVector, Milenage, openAuts } from '../../src/crypto/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';

const RAND = '23553cbe9637a89d218ae64dae47bf35';
const RES = 'a54211d5e3ba50bf';
const CK = 'b40ba9a3c58b2a05bbf0d987b21bf8cb';
const IK = 'f769bcd751044604127672711c6d3441';
const AID = 'a0000000871002ff49ff018900000100';
const centre = new Milenage({
  k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
  opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
});

const autn = (sqn: string) => toHex(createVector(centre, fromHex(RAND), fromHex(sqn), fromHex('8000')).autn);
const challenge = (value: string) => `10${RAND}10${value}`;

async function usim(profile = 'uicc-gba', protocol: 'T=0' | 'T=1' = 'T=1'): Promise<SimulatedCard> {
  const card = createSimulatedCard({ profile, protocol });
  await card.powerOn();
  await send(card, protocol === 'T=0' ? `00a4040410${AID}` : `00a4040410${AID}00`);
  return card;
}

async function send(card: SimulatedCard, command: string): Promise<string> {
  const answer = await card.transmit(fromHex(command));
  if (answer.kind !== 'response') throw new Error(answer.kind);
  return toHex(answer.response);
}

const authenticate = (card: SimulatedCard, p2: string, data: string) =>
  send(card, `008800${p2}${(data.length / 2).toString(16).padStart(2, '0')}${data}00`);

test('3G context: DB, RES, CK and IK for a fresh SQN', async () => {
  const card = await usim();
  expect(await authenticate(card, '81', challenge(autn('000000000021')))).toBe(
    `db08${RES}10${CK}10${IK}9000`,
  );
});

test('a wrong MAC is 9862; a used or old SQN gives DC and AUTS with the highest SQN', async () => {
  const card = await usim();
  const wrong = autn('000000000021').replace(/..$/, '00');
  expect(await authenticate(card, '81', challenge(wrong))).toBe('9862');
  await authenticate(card, '81', challenge(autn('000000000041')));
  for (const sqn of ['000000000041', '000000000021']) {
    const answer = await authenticate(card, '81', challenge(autn(sqn)));
    expect(answer.slice(0, 4) + answer.slice(-4)).toBe('dc0e9000');
    expect(toHex(openAuts(centre, fromHex(RAND), fromHex(answer.slice(4, 32)))!)).toBe('000000000041');
  }
});

/** AUTN* = AUTN with the first 64 bits of SHA-1(IK) over its MAC. */
function autnStar(sqn: string): string {
  const mask = createHash('sha1').update(fromHex(IK)).digest().subarray(0, 8);
  const plain = fromHex(autn(sqn));
  return toHex(plain.map((octet, index) => (index < 8 ? octet : octet ^ mask[index - 8]!)));
}

test('GBA context: RES alone, Ks stays on the card; then Ks_ext_NAF for a NAF_Id and an IMPI', async () => {
  const card = await usim();
  expect(await authenticate(card, '84', `dd${challenge(autn('000000000021'))}`)).toBe('9862');
  expect(await authenticate(card, '84', `dd${challenge(autnStar('000000000021'))}`)).toBe(`db08${RES}9000`);
  expect(toHex(card.file('3F00/ADF_USIM/6FD6')!.content.subarray(0, 18))).toBe(`10${RAND}ff`);
  const nafId = '646d2e6578616d706c652e636f6d03ff000001';
  const impi = Buffer.from('001010000000001@ims.mnc001.mcc001.3gppnetwork.org').toString('hex');
  expect(await authenticate(card, '84', `de13${nafId}31${impi}`)).toBe(
    'db20769983ae75e0bd3e1431ab9416198bfacde8da869e27aac66e38cc3c3d4c9e509000',
  );
  expect(toHex(card.file('3F00/ADF_USIM/6FDA')!.content.subarray(0, 22))).toBe(`8013${nafId}ff`);
});

test('Ks and the sequence numbers outlive power', async () => {
  const card = await usim();
  await authenticate(card, '84', `dd${challenge(autnStar('000000000021'))}`);
  const image = card.snapshot();
  const again = createSimulatedCard({ profile: 'uicc-gba' });
  again.restore(image);
  await again.powerOn();
  await send(again, `00a4040410${AID}00`);
  expect((await authenticate(again, '84', 'de01aa01bb')).slice(0, 4)).toBe('db20');
  expect((await authenticate(again, '81', challenge(autn('000000000021')))).slice(0, 2)).toBe('dc');
});

test('refused: no USIM selected, PIN1 not verified, no Ks, other contexts, malformed data', async () => {
  const card = await usim();
  const good = challenge(autn('000000000021'));
  expect(await authenticate(card, '84', 'de01aa01bb')).toBe('6985');
  expect(await authenticate(card, '80', good)).toBe('6a86');
  expect(await authenticate(card, '84', `aa${good}`)).toBe('6a80');
  expect(await authenticate(card, '81', good.slice(2))).toBe('6700');
  expect(await authenticate(card, '81', `${good}00`)).toBe('6700');
  const other = createSimulatedCard({ profile: 'uicc-gba' });
  await other.powerOn();
  expect(await authenticate(other, '81', good)).toBe('6985');
  await send(other, `00a4040410${AID}00`);
  expect(await send(other, '002800010831323334ffffffff')).toBe('9000');
  await other.reset();
  await send(other, `00a4040410${AID}00`);
  expect(await authenticate(other, '81', good)).toBe('6982');
  const without = await usim('uicc');
  expect(await authenticate(without, '81', good)).toBe('6d00');
});

test('over T=0 the answer waits behind 61xx', async () => {
  const card = await usim('uicc-gba', 'T=0');
  const data = challenge(autn('000000000021'));
  const waiting = await send(card, `0088008122${data}`);
  expect(waiting).toBe('612c');
  expect(await send(card, '00c000002c')).toBe(`db08${RES}10${CK}10${IK}9000`);
});
