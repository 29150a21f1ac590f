import { bindingMissing, packagesToInstall } from '../../src/transport/pcsc/binding.js';
import { pcscFailure } from '../../src/transport/pcsc/codes.js';
import { ReaderMonitor } from '../../src/transport/pcsc/monitor.js';
import { readerError, serviceError } from '../../src/transport/pcsc/translate.js';

type Callback = (error: Error | null, ...results: unknown[]) => void;

/** A binding whose readers and states are set by hand; states as PC/SC has them (0x20 present, 0x10 empty). */
function fakeBinding(readers: Readonly<Record<string, number>>, broken?: Error) {
  const open = { lists: 0, threads: 0 };
  class PCSCLite {
    constructor() {
      if (broken) throw broken;
    }
    start(callback: Callback): void {
      open.lists++;
      setImmediate(() => callback(null, Buffer.from([...Object.keys(readers), ''].join('\0'))));
    }
    close(): number {
      return --open.lists;
    }
  }
  class CardReader {
    #ended: () => void = () => undefined;
    #isClosed = false;
    constructor(readonly name: string) {}
    on(_event: '_end', listener: () => void): this {
      this.#ended = listener;
      return this;
    }
    get_status(callback: Callback): void {
      open.threads++;
      setImmediate(() => callback(null, readers[this.name], Buffer.alloc(0)));
    }
    close(): number {
      if (this.#isClosed) return 0;
      this.#isClosed = true;
      this.#ended();
      return --open.threads;
    }
    _connect(): void {}
    _disconnect(): void {}
    _transmit(): void {}
  }
  return { binding: { PCSCLite, CardReader } as never, open };
}

const failure = (text: string) => new Error(text);

describe('PC/SC return codes', () => {
  test('the code at the end of the text decides, on every system', () => {
    const texts = [
      'SCardConnect error: Sharing violation.(0x8010000b)',
      'SCardConnect error: Sharing violation.(0xffffffff8010000b)',
      'SCardConnect error: Verletzung der Freigabe(0x8010000B)',
    ];
    for (const text of texts) {
      expect(pcscFailure(failure(text))).toEqual({
        pcsc: 0x8010000b,
        name: 'SCARD_E_SHARING_VIOLATION',
        code: 'READER_IN_USE',
      });
    }
  });

  test('codes without a row of their own, and texts without a code, stay recognisable', () => {
    expect(pcscFailure(failure('SCardTransmit error: Odd.(0x80100001)'))).toMatchObject({
      code: 'READER_FAILED',
      name: '0x80100001',
    });
    expect(pcscFailure(failure('something else'))).toMatchObject({ code: 'READER_FAILED', name: 'unknown' });
  });

  test.each([
    [0x0c, 'READER_CARD_REMOVED'],
    [0x0f, 'READER_PROTOCOL_MISMATCH'],
    [0x17, 'READER_VANISHED'],
    [0x1d, 'READER_SERVICE_DOWN'],
    [0x27, 'READER_SERVICE_DOWN'],
    [0x66, 'READER_CARD_MUTE'],
    [0x68, 'READER_CARD_RESET'],
    [0x69, 'READER_CARD_REMOVED'],
    [0x6a, 'READER_SERVICE_DOWN'],
  ])('801000%p in an exchange', async (low, code) => {
    const { binding } = fakeBinding({});
    const error = failure(`SCardTransmit error: x(0x801000${low.toString(16).padStart(2, '0')})`);
    const told = await readerError(binding, error, 'R', 'exchange');
    expect(told).toMatchObject({ code, cause: error });
    expect(told.message).toMatch(/^R: /);
  });

  test('a refusal is one only before anything was granted', async () => {
    const error = failure('SCardConnect error: Access denied.(0x8010006a)');
    const told = await readerError(fakeBinding({}).binding, error, 'R', 'connect');
    expect(told.code).toBe('READER_SERVICE_DENIED');
  });

  test('an ambiguous code is decided by a look at the reader', async () => {
    const error = failure('SCardTransmit error: Transaction failed.(0x80100016)');
    const lookAt = async (readers: Record<string, number>, broken?: Error) =>
      (await readerError(fakeBinding(readers, broken).binding, error, 'R', 'exchange')).code;
    expect(await lookAt({ R: 0x20 })).toBe('READER_CARD_MUTE');
    expect(await lookAt({ R: 0x10 })).toBe('READER_CARD_REMOVED');
    expect(await lookAt({ Q: 0x20 })).toBe('READER_VANISHED');
    const down = failure('SCardEstablishContext error: Service not available.(0x8010001d)');
    expect(await lookAt({}, down)).toBe('READER_SERVICE_DOWN');
  });

  test('the service as a whole', () => {
    const down = serviceError(failure('SCardEstablishContext error: x(0x8010001d)'), 'list readers');
    expect(down).toMatchObject({ code: 'READER_SERVICE_DOWN', details: { pcsc: 'SCARD_E_NO_SERVICE' } });
    const denied = serviceError(failure('SCardEstablishContext error: x(0x8010006a)'), 'list readers');
    expect(denied.code).toBe('READER_SERVICE_DENIED');
    const ending = serviceError(failure('SCardGetStatusChange error: x(0x8010006a)'), 'watch readers', true);
    expect(ending.code).toBe('READER_SERVICE_DOWN');
  });
});

describe('the monitor', () => {
  test('tells a complete picture, and stops every thread that it started', async () => {
    const { binding, open } = fakeBinding({ A: 0x20, B: 0x10, C: 0x220, D: 0x1a0 });
    const monitor = new ReaderMonitor(binding);
    expect(await monitor.until(() => true, 1_000)).toBe(true);
    expect([...monitor.readers.values()]).toEqual([
      { name: 'A', card: 'present', use: 'free' },
      { name: 'B', card: 'absent', use: 'free' },
      { name: 'C', card: 'mute', use: 'free' },
      { name: 'D', card: 'present', use: 'exclusive' },
    ]);
    expect(open).toEqual({ lists: 1, threads: 4 });
    await monitor.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(open).toEqual({ lists: 0, threads: 0 });
  });

  test('waiting ends with the signal', async () => {
    const { binding } = fakeBinding({ A: 0x10 });
    const monitor = new ReaderMonitor(binding);
    const abort = new AbortController();
    abort.abort();
    await expect(monitor.until(() => false, 1_000, abort.signal)).rejects.toThrow('aborted');
    await monitor.stop();
  });
});

describe('a binding that cannot be loaded', () => {
  test.each([
    ["Cannot find module 'pcsclite'", 'it is not installed'],
    ['Could not locate the bindings file. Tried:\n → a\n → b', 'it was installed but not built'],
    [
      'libpcsclite.so.1: cannot open shared object file\nmore',
      'libpcsclite.so.1: cannot open shared object file',
    ],
  ])('%p', (text, why) => {
    const error = bindingMissing(failure(text));
    expect(error).toMatchObject({ code: 'READER_PCSC_BINDING_MISSING', kind: 'reader' });
    expect(error.message).toBe(`the PC/SC binding cannot be loaded: ${why}`);
    expect(error.next).toContain(packagesToInstall());
  });

  test('what to install is said for each system', () => {
    expect(packagesToInstall('linux')).toMatch(/Debian.*libpcsclite-dev.*Fedora.*pcsc-lite-devel/);
    expect(packagesToInstall('darwin')).toContain('xcode-select');
    expect(packagesToInstall('win32')).toContain('Build Tools');
  });
});
