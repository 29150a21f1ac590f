/** Texts that come again and again: the same few headers and addresses in the messages of most devices. */

/** What is longer is not kept: it will hardly come again. */
const LONGEST = 256;
const KEPT = 64;

/**
 * `read` with a memory of at most 64 texts of at most 256 characters; only exactly the same text finds its result
 * again. What `read` throws is not kept, and what it returns is shared, so nobody may change it.
 *
 * @param read what it returns depends on the text alone; `rest` is for its errors
 * @example remembered((text: string) => text.length)('four') // → 4
 */
export function remembered<T, Rest extends readonly unknown[]>(
  read: (text: string, ...rest: Rest) => T,
): (text: string, ...rest: Rest) => T {
  const known = new Map<string, T>();
  return (text, ...rest) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text, ...rest);
    if (text.length > LONGEST) return value;
    if (known.size === KEPT) known.clear();
    known.set(text, value);
    return value;
  };
}
