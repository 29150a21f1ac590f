/** CHANGE, ENABLE and DISABLE PIN, octets by hand (TS 102 221 §11.1.10 to §11.1.12; TS 51.011 §9.2.10 to §9.2.12). */
import { fromHex } from '../../src/bytes/index.js';
import { encodePin, openCard, parseKeyValue } from '../../src/card/index.js';
import { type Exchange, ScriptedChannel } from '../support/scriptedChannel.js';

const MF_3G: Exchange[] = [['00a40004023f0000', '62009000']];
const MF_2G: Exchange[] = [['a0a40000023f00', '9f16']];
const OLD = '30303030ffffffff';
const NEW = '31323334ffffffff';

async function card3g(script: Exchange[]) {
  const channel = new ScriptedChannel([...MF_3G, ...script]);
  return { channel, card: await openCard(channel) };
}

test('CHANGE PIN in 3G mode: the counter first, then both values', async () => {
  const { channel, card } = await card3g([
    ['00200001', '63c3'],
    [`0024000110${OLD}${NEW}`, '9000'],
  ]);
  await card.changePin(0x01, encodePin('0000'), encodePin('1234'));
  channel.expectDone();
});

test('CHANGE PIN of an ADM that was presented before asks for no tries', async () => {
  const { channel, card } = await card3g([
    ['0020000a', '9000'],
    ['0024000a1031323334353637383837363534333231', '9000'],
  ]);
  await card.changePin(0x0a, parseKeyValue({ ascii: '12345678' }), parseKeyValue({ ascii: '87654321' }));
  channel.expectDone();
});

test('a wrong present value spends one try and says how many are left', async () => {
  const { channel, card } = await card3g([
    ['00200001', '63c3'],
    [`0024000110${OLD}${NEW}`, '63c2'],
  ]);
  await expect(card.changePin(0x01, encodePin('0000'), encodePin('1234'))).rejects.toMatchObject({
    code: 'SECURITY_PIN_WRONG',
    details: { key: '01', tries: 2 },
  });
  channel.expectDone();
});

test.each([
  ['63c1', 'SECURITY_LAST_TRY'],
  ['63c0', 'SECURITY_BLOCKED'],
  ['6983', 'SECURITY_BLOCKED'],
  ['6984', 'SECURITY_PIN_UNUSABLE'],
  ['6700', 'SECURITY_TRIES_UNKNOWN'],
])('with %s as the state of the PIN nothing is sent to change it', async (status, code) => {
  const { channel, card } = await card3g([['00200001', status]]);
  await expect(card.changePin(0x01, encodePin('0000'), encodePin('1234'))).rejects.toMatchObject({ code });
  channel.expectDone();
});

test('ENABLE PIN takes consent, because the tries of a disabled PIN are not told', async () => {
  const { channel, card } = await card3g([
    ['00200001', '6984'],
    ['00200001', '6984'],
    [`0028000108${OLD}`, '9000'],
    ['00200001', '9000'],
    [`0026000108${OLD}`, '9000'],
  ]);
  await expect(card.enablePin(0x01, encodePin('0000'))).rejects.toMatchObject({
    code: 'SECURITY_TRIES_UNKNOWN',
  });
  await card.enablePin(0x01, encodePin('0000'), { consentUnknownTries: true });
  await card.disablePin(0x01, encodePin('0000'));
  channel.expectDone();
});

test('a PIN that is enabled is not enabled, and one that is disabled is not disabled', async () => {
  const { channel, card } = await card3g([
    ['00200001', '63c3'],
    ['00200001', '6984'],
    ['00200001', '9000'],
  ]);
  const policy = { consentUnknownTries: true };
  const unusable = { code: 'SECURITY_PIN_UNUSABLE' };
  await expect(card.enablePin(0x01, encodePin('0000'), policy)).rejects.toMatchObject(unusable);
  await expect(card.disablePin(0x01, encodePin('0000'), policy)).rejects.toMatchObject(unusable);
  await expect(card.enablePin(0x01, encodePin('0000'), policy)).rejects.toMatchObject(unusable);
  channel.expectDone();
});

test('a value of another length never reaches the card', async () => {
  const { channel, card } = await card3g([]);
  const short = fromHex('31323334');
  await expect(card.changePin(0x01, encodePin('0000'), short)).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
  });
  await expect(card.changePin(0x01, short, encodePin('0000'))).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
  });
  await expect(card.enablePin(0x01, short)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  channel.expectDone();
});

/** A SIM's MF with CHV1 in that state: its tries, and whether it is enabled (TS 51.011 §9.2.1). */
function simMf(enabled: boolean, tries: number): string {
  const characteristics = enabled ? '01' : '81';
  return `00000000 3f00 01 0000000000 09 ${characteristics} 00 00 04 00 8${tries} 8a 83 8a 9000`;
}

test('CHANGE, ENABLE and DISABLE CHV in 2G mode: the same instructions in class A0', async () => {
  const channel = new ScriptedChannel(
    [
      ['00a40004023f00', '6e00'],
      ...MF_2G,
      ['a0a40000023f00', '9f16'],
      ['a0c0000016', simMf(false, 3)],
      ['a028000108'.concat(OLD), '9000'],
      ['a0a40000023f00', '9f16'],
      ['a0c0000016', simMf(true, 3)],
      [`a024000110${OLD}${NEW}`, '9000'],
      ['a0a40000023f00', '9f16'],
      ['a0c0000016', simMf(true, 3)],
      [`a026000108${NEW}`, '9804'],
    ],
    'T=0',
  );
  const card = await openCard(channel);
  await card.enablePin(0x01, encodePin('0000'));
  await card.changePin(0x01, encodePin('0000'), encodePin('1234'));
  await expect(card.disablePin(0x01, encodePin('1234'))).rejects.toMatchObject({
    code: 'SECURITY_PIN_WRONG',
  });
  channel.expectDone();
});
