import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the built-in profiles are: beside the code, in `src` as in `dist`. */
export function profileDirectory(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', 'profiles');
}
