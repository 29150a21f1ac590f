/** Every room that exists, and every codec that a room exports: found, not listed, so that none can be forgotten. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Codec } from '../../src/bytes/index.js';

export const ROOMS = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join('src', entry.name, 'index.ts')))
  .map((entry) => entry.name);

export interface FoundCodec {
  readonly where: string;
  readonly codec: Codec<unknown>;
}

/** What a room exports, by name. */
function exportsOf(room: string): Record<string, unknown> {
  return jest.requireActual(resolve('src', room, 'index.ts'));
}

export function allCodecs(): FoundCodec[] {
  return ROOMS.flatMap((room) =>
    Object.entries(exportsOf(room))
      .filter(([, value]) => isCodec(value))
      .map(([name, value]) => ({ where: `${room}/${name}`, codec: value as Codec<unknown> })),
  );
}

/** A `GpiCodec` is another thing: what it encodes depends on a key. */
function isCodec(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'decode' in value && 'encode' in value && !('verify' in value);
}
