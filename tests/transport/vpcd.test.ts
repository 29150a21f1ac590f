import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { serveVpcd, type VpcdState } from '../../src/transport/index.js';
import { FrameReader } from '../../src/transport/vpcd/frames.js';
import { ATR_T1, TEST_INS, TestCard, testCommand } from '../support/testCard.js';

/** A stand-in for vpcd: listens, and speaks hand-written messages. */
class FakeVpcd {
  readonly #server: Server;
  #socket!: Socket;
  #received = '';
  #waiting: (() => void)[] = [];

  constructor() {
    this.#server = createServer((socket) => {
      this.#socket = socket;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        this.#received += chunk.toString('hex');
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async card(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.once('connection', () => resolve()));
    this.#received = '';
  }

  send(hex: string): void {
    this.#socket.write(fromHex(hex));
  }

  async receive(octets: number): Promise<string> {
    while (this.#received.length < octets * 2) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const out = this.#received.slice(0, octets * 2);
    this.#received = this.#received.slice(octets * 2);
    return out;
  }

  closed(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('vpcd client', () => {
  let vpcd: FakeVpcd;
  let abort: AbortController;
  let port: number;
  beforeEach(async () => {
    vpcd = new FakeVpcd();
    port = await vpcd.listen();
    abort = new AbortController();
  });
  afterEach(() => vpcd.stop());

  test('answers ATR, power and reset controls and commands', async () => {
    const card = new TestCard();
    const served = serveVpcd(card, { port, signal: abort.signal });
    await vpcd.card();
    vpcd.send('000104');
    expect(await vpcd.receive(2 + ATR_T1.length)).toBe(`0005${toHex(ATR_T1)}`);
    vpcd.send('000101');
    vpcd.send('00068010000001ab');
    expect(await vpcd.receive(5)).toBe('0003ab9000');
    vpcd.send('0001020001040001000005 8012000000');
    expect(await vpcd.receive(7)).toBe(`0005${toHex(ATR_T1)}`);
    expect(await vpcd.receive(5)).toBe('0003019000');
    abort.abort();
    expect(await served).toBe('aborted');
    expect(card.resets).toMatchObject({ cold: 2, warm: 1 });
  });

  test('messages may arrive in any pieces', () => {
    const reader = new FrameReader();
    const stream = fromHex('000104 0005a0a4000002 0000 0001');
    const frames = [...stream].flatMap((octet) => reader.push(Uint8Array.of(octet)));
    expect(frames.map(toHex)).toEqual(['04', 'a0a4000002', '']);
    expect(reader.push(Uint8Array.of(0x02)).map(toHex)).toEqual(['02']);
  });

  test('a card that is removed closes the connection and ends the service', async () => {
    const states: VpcdState[] = [];
    const served = serveVpcd(new TestCard(), { port, signal: abort.signal, onState: (s) => states.push(s) });
    await vpcd.card();
    const closed = vpcd.closed();
    vpcd.send('0005 80ed000000');
    await closed;
    expect(await served).toBe('card-removed');
    expect(states).toEqual(['inserted', 'card-removed']);
  });

  test('a card without an ATR sends one that is none', async () => {
    const served = serveVpcd(new TestCard({ atr: undefined }), { port, signal: abort.signal });
    await vpcd.card();
    vpcd.send('000104');
    expect(await vpcd.receive(3)).toBe('000100');
    abort.abort();
    expect(await served).toBe('aborted');
  });

  test('a card that falls silent hangs up and is back at once', async () => {
    const served = serveVpcd(new TestCard(), { port, signal: abort.signal, retryDelay: 60_000 });
    await vpcd.card();
    vpcd.send('0005 80ee000000');
    await vpcd.card();
    vpcd.send('000104');
    expect(await vpcd.receive(7)).toBe(`0005${toHex(ATR_T1)}`);
    abort.abort();
    expect(await served).toBe('aborted');
  });

  test('comes back when pcscd does', async () => {
    const states: VpcdState[] = [];
    const served = serveVpcd(new TestCard(), {
      port,
      signal: abort.signal,
      retryDelay: 5,
      onState: (state) => states.push(state),
    });
    await vpcd.card();
    await vpcd.stop();
    vpcd = new FakeVpcd();
    await vpcd.listen(port);
    await vpcd.card();
    vpcd.send('000104');
    expect(await vpcd.receive(7)).toBe(`0005${toHex(ATR_T1)}`);
    expect(states).toEqual(['inserted', 'service-gone', 'inserted']);
    abort.abort();
    expect(await served).toBe('aborted');
  });

  test('nothing listening at the start is a clear error at once', async () => {
    await vpcd.stop();
    const failure = serveVpcd(new TestCard(), { port, signal: abort.signal });
    await expect(failure).rejects.toMatchObject({
      code: 'READER_VPCD_UNREACHABLE',
      details: { host: '127.0.0.1', port },
    });
    await expect(failure).rejects.toThrow(`cannot reach vpcd on 127.0.0.1:${port}: nothing listens there`);
  });

  test('an abort while it waits for vpcd ends it at once', async () => {
    await vpcd.stop();
    const served = serveVpcd(new TestCard(), { port, signal: abort.signal, startWait: 60_000 });
    setTimeout(() => abort.abort(), 10);
    expect(await served).toBe('aborted');
  });

  test('a command that never ends does not hold up the abort', async () => {
    const card = new TestCard();
    const served = serveVpcd(card, { port, signal: abort.signal });
    await vpcd.card();
    vpcd.send(`0005${toHex(testCommand(TEST_INS.HANG))}`);
    while (card.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    abort.abort();
    expect(await served).toBe('aborted');
    expect(card.resets.off).toBe(1);
  });

  test('a fault of the emulator is not hidden', async () => {
    const card = new TestCard();
    card.transmit = () => Promise.reject(new Error('emulator fault'));
    const served = serveVpcd(card, { port, signal: abort.signal });
    await vpcd.card();
    vpcd.send(`0005${toHex(testCommand(TEST_INS.COUNT))}`);
    await expect(served).rejects.toThrow('emulator fault');
  });
});
