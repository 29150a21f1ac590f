/**
 * Native readers for exchanges, without a status thread. The binding's destructor waits for a thread that these
 * never had, so they are never given to the garbage collector: the same few are used again and again, and the
 * binding itself holds them, since it stays loaded even where this module is loaded a second time.
 */
import type { NativeBinding, NativeReader } from './binding.js';

const idle = new Map<string, NativeReader[]>();
const KEPT = Symbol.for('simboot.pcsc.kept');

export function takeConnection(
  binding: NativeBinding,
  name: string,
): { native: NativeReader; isUsed: boolean } {
  const used = idle.get(name)?.pop();
  if (used !== undefined) return { native: used, isUsed: true };
  const native = new binding.CardReader(name);
  keep(binding, native);
  return { native, isUsed: false };
}

function keep(binding: NativeBinding & { [KEPT]?: Set<NativeReader> }, native: NativeReader): void {
  binding[KEPT] ??= new Set();
  binding[KEPT].add(native);
}

/** Only a connection that worked to its end: a broken one may hold a dead context for ever. */
export function giveBackConnection(native: NativeReader): void {
  const list = idle.get(native.name) ?? [];
  list.push(native);
  idle.set(native.name, list);
}

export function connect(native: NativeReader, share: number, protocols: number): Promise<number> {
  return new Promise((resolve, reject) => {
    native._connect(share, protocols, (error, protocol) => (error ? reject(error) : resolve(protocol)));
  });
}

export function disconnect(native: NativeReader, disposition: number): Promise<void> {
  return new Promise((resolve, reject) => {
    native._disconnect(disposition, (error) => (error ? reject(error) : resolve()));
  });
}

/** Room for the longest answer: 65536 octets and the status word. */
const MAX_ANSWER = 0x10002;

export function transmit(native: NativeReader, command: Uint8Array, protocol: number): Promise<Uint8Array> {
  const buffer = Buffer.from(command.buffer, command.byteOffset, command.length);
  return new Promise((resolve, reject) => {
    native._transmit(buffer, MAX_ANSWER, protocol, (error, answer) =>
      error ? reject(error) : resolve(Uint8Array.from(answer)),
    );
  });
}
