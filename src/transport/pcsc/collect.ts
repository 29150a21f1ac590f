/**
 * The binding gives a list's connection back to the service only when the list is garbage-collected, and the service
 * admits 200 at a time: beyond that not even stopping a list works any more, and the program would wait for ever.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NativeBinding } from './binding.js';

const CLOSED = Symbol.for('simboot.pcsc.closed');
/** Far below 200, and rare enough: one collection takes some ten milliseconds. */
const EVERY = 16;

/** Counts a closed list, over all copies of this module, and has the collected ones given back. */
export function listClosed(binding: NativeBinding & { [CLOSED]?: number }): void {
  binding[CLOSED] = (binding[CLOSED] ?? 0) + 1;
  if (binding[CLOSED] % EVERY !== 0) return;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
