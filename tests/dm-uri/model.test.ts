/** Resolution against a second one, written as §6.1.2 reads and without any thought of speed. */
import fc from 'fast-check';
import {
  type ClientUriParts,
  formatClientUri,
  type NodeValue,
  resolveClientUri,
} from '../../src/dm/uri/index.js';
import { type JsonObject, type JsonValue, treeFromDmmo } from '../../src/mo/index.js';

type Instances = Readonly<Record<string, JsonObject>>;
const isInterior = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object';

function satisfied(node: JsonValue, fields: readonly NodeValue[], letter: string): boolean {
  return fields
    .filter((field) => field.letter === letter)
    .every(({ path, value }) => {
      let at: JsonValue | undefined = node;
      for (const name of path) at = isInterior(at) ? at[name] : undefined;
      return at !== undefined && !isInterior(at) && String(at) === value;
    });
}

/** Paths as text, or undefined where §6.1.2 wants an error. */
function model(instances: Instances, { instance, path, nodeValues }: ClientUriParts): string[] | undefined {
  let places: [string, JsonValue][] = Object.entries(instances).filter(([miid, root]) => {
    if (instance.kind === 'miid') return miid === instance.miid;
    return instance.kind !== 'x' || satisfied(root, nodeValues, instance.letter);
  });
  if (places.length === 0 || (instance.kind !== 'all' && places.length > 1)) return undefined;
  for (const step of path) {
    const next: [string, JsonValue][] = [];
    for (const [where, node] of places) {
      const fitting = Object.entries(isInterior(node) ? node : {}).filter(([name, child]) => {
        if (step.kind === 'name') return name === step.name;
        return step.kind === 'all' || satisfied(child, nodeValues, step.letter);
      });
      if (step.kind === 'x' && fitting.length > 1) return undefined;
      next.push(...fitting.map(([name, child]): [string, JsonValue] => [`${where}/${name}`, child]));
    }
    places = next;
  }
  return places.length === 0 ? undefined : places.map(([where]) => where);
}

const name = fc.constantFrom('a', 'b', 'c');
const leafValue = fc.constantFrom('u', 'v', true);
const entry = fc.dictionary(name, fc.oneof(leafValue, fc.dictionary(name, leafValue, { maxKeys: 2 })), {
  maxKeys: 3,
});
/** Sometimes more than the least group that has an index. */
const group = fc.array(entry, { maxLength: 6 }).chain((few) =>
  fc.constantFrom(0, 40).map((more) => {
    const all = [...few, ...Array.from({ length: more }, (_, i) => ({ a: `more${i % 30}`, b: 'u' }))];
    return Object.fromEntries(all.map((content, i) => [`n${i}`, content]));
  }),
);
const instances = fc.dictionary(
  fc.constantFrom('left', 'right', 'third'),
  fc.record({ a: leafValue, G: group }),
);

const parts: fc.Arbitrary<ClientUriParts> = fc
  .record({
    instance: fc.constantFrom(
      { kind: 'miid' as const, miid: 'left' },
      { kind: 'only' as const },
      { kind: 'all' as const },
      { kind: 'x' as const, letter: 'x' },
    ),
    path: fc.oneof(
      fc.constant([]),
      fc.tuple(
        fc.constant({ kind: 'name' as const, name: 'G' }),
        fc.constantFrom(
          { kind: 'name' as const, name: 'n1' },
          { kind: 'all' as const },
          { kind: 'x' as const, letter: 'y' },
        ),
      ),
      fc.tuple(
        fc.constantFrom({ kind: 'name' as const, name: 'G' }, { kind: 'all' as const }),
        fc.constantFrom({ kind: 'all' as const }, { kind: 'x' as const, letter: 'y' }),
        fc.oneof(
          name.map((text) => ({ kind: 'name' as const, name: text })),
          fc.constant({ kind: 'all' as const }),
        ),
      ),
    ),
    x: fc.array(fc.constantFrom(['a', 'u'], ['a', 'v'], ['a', 'true'], ['G', 'u']), {
      minLength: 1,
      maxLength: 2,
    }),
    y: fc.array(
      fc.tuple(
        fc.array(name, { minLength: 1, maxLength: 2 }),
        fc.constantFrom('u', 'v', 'true', 'more3', 'more39'),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ instance, path, x, y }) => ({
    moid: 'urn:m',
    instance,
    path,
    nodeValues: [
      ...(instance.kind === 'x' ? x.map(([at, value]) => ({ letter: 'x', path: [at!], value: value! })) : []),
      ...(path.some(({ kind }) => kind === 'x')
        ? y.map(([at, value]) => ({ letter: 'y', path: at, value }))
        : []),
    ],
  }));

test('both find the same nodes, or both none', () => {
  let found = 0;
  fc.assert(
    fc.property(instances, fc.array(parts, { minLength: 3, maxLength: 3 }), (content, uris) => {
      const objects = Object.entries(content).map(([miid, root]) => ({
        clientUri: `urn:m/${miid}/`,
        moData: { [miid]: root as JsonObject },
      }));
      const tree = treeFromDmmo(objects, []);
      // Twice each: the second question for a leaf makes the index.
      for (const uri of [...uris, ...uris]) {
        const expected = model(content, uri);
        const { status, nodes } = resolveClientUri(tree, formatClientUri(uri));
        expect(status).toBe(expected === undefined ? 404 : 200);
        expect(nodes.map(({ miid, path }) => [miid, ...path].join('/')).sort()).toEqual(
          (expected ?? []).sort(),
        );
        found += nodes.length;
      }
    }),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(500);
});
