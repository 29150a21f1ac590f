import { createServer, type Socket } from 'node:net';
import { simboot } from '../cli/harness.js';

const frame = (...octets: number[]) => Uint8Array.from([octets.length >> 8, octets.length & 0xff, ...octets]);

/** A vpcd that plays one exchange after power-on and then closes its port. */
async function vpcd(
  play: (socket: Socket) => void,
): Promise<{ port: number; received: Promise<string>; close: () => void }> {
  let tell: (hex: string) => void;
  const received = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const server = createServer((socket) => {
    let all = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
    });
    socket.on('close', () => tell(all.toString('hex')));
    socket.on('error', () => undefined);
    play(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, received, close: () => server.close() };
}

test('sim start serves the card until a fault pulls it out, and reports', async () => {
  const reader = await vpcd((socket) => {
    for (const message of [
      frame(1),
      frame(4),
      frame(0x00, 0xa4, 0x00, 0x0c, 0x02, 0x2f, 0x05),
      frame(0, 0xb0, 0, 0, 2),
    ]) {
      socket.write(message);
    }
  });
  const run = await simboot(`sim start uicc --vpcd 127.0.0.1:${reader.port} --fault tear@2 --json -v`);
  reader.close();
  expect(run.code).toBe(0);
  expect(run.json()).toMatchObject({ profile: 'uicc', end: 'card-removed', exchanges: 2 });
  expect(run.stderr).toMatch(/1 {2}00a4000c {2}3 > 0 +9000/);
  expect(run.stderr).toMatch(/2 {2}00b00000 .*removed/);
  expect(await reader.received).toBe('00193b9f9681b1fe451fc78031a073be21576753494d424f4f54d600029000');
});

test('sim start ends when it is interrupted', async () => {
  const abort = new AbortController();
  const reader = await vpcd((socket) => {
    socket.write(frame(4));
    socket.on('data', () => abort.abort('SIGINT'));
  });
  const run = await simboot(`sim start --vpcd 127.0.0.1:${reader.port}`, { signal: abort.signal });
  reader.close();
  expect(run.code).toBe(130);
  expect(run.stderr).toMatch(/uicc \(3b9f.*is in the virtual reader/);
});

test.each([
  ['sim start nobody', 'USAGE_PROFILE_UNKNOWN'],
  ['sim start --vpcd here', 'USAGE_ARGUMENT'],
  ['sim start --vpcd 127.0.0.1:0', 'USAGE_ARGUMENT'],
  ['sim start --fault explode', 'USAGE_SIMULATOR_OPTION'],
])('%s is refused', async (line, code) => {
  const run = await simboot(`${line} --json`);
  expect(run.code).toBe(2);
  expect(run.json()).toMatchObject({ error: { code } });
});

test('sim start without vpcd says what to start', async () => {
  const run = await simboot('sim start --vpcd 127.0.0.1:1 --json');
  expect(run.code).toBe(3);
  expect(run.json()).toMatchObject({ error: { code: 'READER_VPCD_UNREACHABLE' } });
});

test('sim profiles lists names, descriptions and options', async () => {
  const { profiles, options } = (await simboot('sim profiles --json')).json<{
    profiles: { name: string; description: string }[];
    options: { name: string }[];
  }>();
  expect(profiles.map(({ name }) => name)).toContain('uicc-locked');
  expect(options.map(({ name }) => name)).toContain('fault');
  expect((await simboot('sim profiles')).stdout).toMatch(/^PROFILE +CARD\n/);
});
