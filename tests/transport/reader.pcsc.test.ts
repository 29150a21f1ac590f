import { toHex } from '../../src/bytes/index.js';
import { requirePcscd } from '../support/pcscd.js';
import { ATR_T0, ATR_T1, TEST_INS, TestCard, testCommand } from '../support/testCard.js';

const COUNT = testCommand(TEST_INS.COUNT);

requirePcscd('PC/SC readers', (pcscd) => {
  afterEach(() => pcscd.removeAll());

  test('connect, exchange and close with a T=1 card', async () => {
    const card = new TestCard();
    const { reader } = await pcscd.insert(card);
    const channel = await pcscd.service.connect(reader);
    expect(channel.reader).toBe(reader);
    expect(channel.protocol).toBe('T=1');
    expect(channel.atr).toEqual(ATR_T1);
    expect(toHex(await channel.transmit(testCommand(TEST_INS.ECHO, [1, 2, 3])))).toBe('0102039000');
    await channel.close();
    const again = await pcscd.service.connect(reader);
    expect(again.atr).toEqual(ATR_T1);
    expect(toHex(await again.transmit(COUNT))).toBe('019000');
    await again.close();
  });

  test('T=0 comes from the ATR, and announced answers are left to the caller', async () => {
    const { reader } = await pcscd.insert(new TestCard({ protocol: 'T=0' }));
    const channel = await pcscd.service.connect(reader);
    expect(channel.protocol).toBe('T=0');
    expect(channel.atr).toEqual(ATR_T0);
    expect(toHex(await channel.transmit(testCommand(TEST_INS.ECHO, [7, 8])))).toBe('6102');
    expect(toHex(await channel.transmit(Uint8Array.of(0, 0xc0, 0, 0, 2)))).toBe('07089000');
    await channel.close();
  });
});
