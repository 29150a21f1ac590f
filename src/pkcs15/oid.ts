/** Content octets of an OBJECT IDENTIFIER (X.690 §8.19), arcs of any size: 2.25 has arcs of 128 bits. */

/** The dotted text, or undefined if the octets are no object identifier. */
export function oidText(content: Uint8Array): string | undefined {
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const octet of content) {
    if (fresh && octet === 0x80) return undefined;
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    fresh = (octet & 0x80) === 0;
    if (fresh) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first, ...rest] = arcs;
  if (first === undefined || !fresh) return undefined;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}
