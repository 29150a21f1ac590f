/** What a layer above the processor may ask of it, and the channel that tells what happens. */
import { ApduProcessor, type CardChannel, ObservedChannel, observe } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

/** A channel that answers from a script and remembers what it was sent. */
function scripted(protocol: 'T=0' | 'T=1', ...answers: string[]): CardChannel & { sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    reader: 'script',
    atr: new Uint8Array(0),
    protocol,
    async transmit(command) {
      sent.push(toHex(command));
      return fromHex(answers.shift() ?? '6f00');
    },
    async reset() {},
    async close() {},
  };
}

const READ = { cla: 0x04, ins: 0xb0, p1: 0, p2: 0, data: fromHex('0102'), le: 16 };

test('6Cxx is repeated by the processor, or handed back when asked', async () => {
  const repeating = scripted('T=1', '6c04', 'aabbccdd9000');
  expect((await new ApduProcessor(repeating).send(READ)).sw).toBe(0x9000);
  expect(repeating.sent).toEqual(['04b0000002010210', '04b0000002010204']);

  const returning = scripted('T=1', '6c04');
  expect((await new ApduProcessor(returning).send(READ, { wrongLength: 'return' })).sw).toBe(0x6c04);
  expect(returning.sent).toEqual(['04b0000002010210']);
});

test('an announced answer without Le is fetched only when asked', async () => {
  const update = { cla: 0x04, ins: 0xd6, p1: 0, p2: 0, data: fromHex('0102') };
  const plain = scripted('T=0', '6108');
  expect((await new ApduProcessor(plain).send(update)).sw).toBe(0x6108);

  const fetching = scripted('T=0', '6108', '11223344556677889000');
  const response = await new ApduProcessor(fetching).send(update, { announced: 'always' });
  expect(toHex(response.data)).toBe('1122334455667788');
  expect(fetching.sent).toEqual(['04d60000020102', '00c0000008']);
});

test('GET RESPONSE itself is still corrected', async () => {
  const channel = scripted('T=0', '6110', '6c08', '11223344556677889000');
  const response = await new ApduProcessor(channel).send(READ, { wrongLength: 'return' });
  expect(toHex(response.data)).toBe('1122334455667788');
});

test('an observed channel tells of every event until the observer leaves', async () => {
  const inner = scripted('T=1', '9000', '9000');
  const channel = observe(inner);
  expect(observe(channel)).toBe(channel);
  expect(channel).toBeInstanceOf(ObservedChannel);
  expect([channel.reader, channel.protocol, channel.atr]).toEqual(['script', 'T=1', inner.atr]);
  const heard: string[] = [];
  const leave = channel.observe({
    transmitting: (command) => heard.push(toHex(command)),
    resetting: () => heard.push('reset'),
    closing: () => heard.push('close'),
  });
  await channel.transmit(fromHex('00a40000'));
  await channel.reset();
  await channel.close();
  leave();
  await channel.transmit(fromHex('00b00000'));
  expect(heard).toEqual(['00a40000', 'reset', 'close']);
  expect(inner.sent).toEqual(['00a40000', '00b00000']);
});
