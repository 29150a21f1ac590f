/** Marks the end of a decision over all kinds: a kind that is forgotten does not compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected kind ${JSON.stringify(value)}`);
}
