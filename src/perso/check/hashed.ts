/** The digest of an input that is read once. */

/** Passes octets on and counts them into a hash. */
export async function* hashed(
  octets: AsyncIterable<Uint8Array>,
  hash: { update(octets: Uint8Array): unknown },
): AsyncIterable<Uint8Array> {
  for await (const chunk of octets) {
    hash.update(chunk);
    yield chunk;
  }
}
