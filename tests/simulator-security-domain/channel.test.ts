import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { hex, unhex } from './reference.js';
import { open, send } from './support.js';

async function insert(profile: string, options = {}): Promise<SimulatedCard> {
  const card = createSimulatedCard({ profile, ...options });
  await card.powerOn();
  return card;
}

test('appendix H: PKCS#15 in clear, channel at level 33, then SELECT and READ inside it', async () => {
  const card = await insert('uicc-scp03-only');
  const host = await open(card, { channel: 1 });
  const selected = host.unwrap(await send(card, `${host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431'))}00`));
  expect(selected).toEqual({ data: '', sw: '9000' });
  const read = host.unwrap(await send(card, `${host.wrap(0x00, 0xb0, 0, 0)}00`));
  expect(read.sw).toBe('9000');
  expect(read.data).toHaveLength(2 * 239);
  expect(read.data.startsWith(hex(Buffer.from('[]')))).toBe(true);
});
