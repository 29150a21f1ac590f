/** A test that proves one row of Appendix B (DM 2.0, Static Conformance Requirements). */
import { TABLES } from '../conformance/rows.js';

/** `received`: bytes by hand go into our code. `sent`: our bytes are compared with bytes by hand, or judged by others. */
export type Direction = 'received' | 'sent';

const KNOWN = new Set(
  Object.entries(TABLES).flatMap(([table, [, rows]]) => rows.map(([id]) => `${table} ${id}`)),
);

/** Registers the test under the row's name, which `docs/conformance.md` is generated from. */
export function row(
  id: string,
  direction: Direction,
  title: string,
  prove: () => void | Promise<void>,
): void {
  if (!KNOWN.has(id)) throw new Error(`Appendix B has no row ${JSON.stringify(id)}`);
  test(`${id} ${direction}: ${title}`, async () => {
    await prove();
  });
}
