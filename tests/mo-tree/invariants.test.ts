/** Whatever is stored and deleted: each instance follows its definition afterwards, or nothing has happened. */
import fc from 'fast-check';
import { SimbootError } from '../../src/errors/index.js';
import {
  deleteNode,
  interior,
  type JsonValue,
  leaf,
  type MoDefinition,
  type MoTree,
  serializeNode,
  storeLeafValue,
  storeObjects,
  treeFromDmmo,
  treeToDmmo,
  validateMo,
} from '../../src/mo/index.js';

const MOID = 'urn:example:mo:1.0';
const dynamic = { scope: 'dynamic' } as const;
const permanent = { scope: 'permanent' } as const;
const MO: MoDefinition = {
  moid: MOID,
  name: 'Example',
  clause: 'test',
  moidAliases: [],
  root: interior('<x>', { occurrence: 'ZeroOrMore', ...dynamic }, [
    leaf('a', 'chr', permanent),
    leaf('b', 'int', { ...permanent, defaultValue: '3' }),
    leaf('c', 'bool'),
    interior('d', { occurrence: 'ZeroOrOne', ...dynamic }, [
      leaf('a', 'chr', { ...dynamic, status: 'Optional' }),
      interior('<x>', { occurrence: 'OneOr2', ...dynamic }, [leaf('b', 'int', permanent)]),
    ]),
    interior('e', permanent, [leaf('<x>', 'bin', { occurrence: 'ZeroOrMore', ...dynamic })]),
  ]),
};
const definitions = [MO];

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'n1', 'n2', 'n3');
const wrong = fc.constantFrom<JsonValue>('text', 7, true, {}, { b: 1 }, { n1: {} });
/** Mostly what fits, now and then what does not. */
const mostly = (fitting: fc.Arbitrary<JsonValue>) =>
  fc.oneof({ arbitrary: fitting, weight: 12 }, { arbitrary: wrong, weight: 1 });
const chr = mostly(fc.constantFrom('u', 'v', ''));
const int = mostly(fc.constantFrom(1, 2, '3'));
const bool = mostly(fc.constantFrom<JsonValue>(true, 'false'));
const bin = mostly(fc.constantFrom('', 'AA=='));
const one = mostly(fc.record({ b: int }, { requiredKeys: [] }));
const slots = mostly(fc.record({ a: chr, n1: one, n2: one, n3: one }, { requiredKeys: ['n1'] }));
const list = mostly(fc.dictionary(name, bin, { maxKeys: 4 }));
const root = mostly(fc.record({ a: chr, b: int, c: bool, d: slots, e: list }, { requiredKeys: ['c'] }));
const miid = fc.constantFrom('', 'm1', 'm1', 'm2');

type Step = (tree: MoTree) => MoTree;
/** A place, and what may stand there. */
const PLACES: readonly (readonly [string, fc.Arbitrary<JsonValue>])[] = [
  ['', root],
  ['a', chr],
  ['b', int],
  ['d', slots],
  ['d/a', chr],
  ['d/n1', one],
  ['d/n2', one],
  ['d/n3/b', int],
  ['e', list],
  ['e/n1', bin],
  ['f', chr],
];
const place = fc.constantFrom(...PLACES.map(([path]) => path));
const object = fc
  .tuple(miid, fc.oneof(...PLACES.map(([path, content]) => fc.tuple(fc.constant(path), content))))
  .map(([instance, [path, content]]) => ({
    clientUri: `${MOID}/${instance}/${path}`,
    moData: { label: content },
  }));
const below = (path: string) => (path === '' ? [] : path.split('/'));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(object, { minLength: 1, maxLength: 2 }).map(
    (objects): Step =>
      (tree) =>
        storeObjects(tree, objects, { definitions, limits: { nodes: 60 } }).tree,
  ),
  fc.tuple(place, fc.constantFrom('AA==', '7', 'true')).map(
    ([path, text]): Step =>
      (tree) =>
        storeLeafValue(tree, { moid: MOID, miid: 'm1', path: below(path) }, text, 'text/plain', definitions)
          .tree,
  ),
  fc.tuple(fc.constantFrom('m1', 'm2'), place).map(
    ([instance, path]): Step =>
      (tree) => {
        const result = deleteNode(tree, { moid: MOID, miid: instance, path: below(path) }, definitions);
        return result.status === 200 ? result.tree : tree;
      },
  ),
);

const START = treeFromDmmo(
  ['m1', 'm2'].map((each) => ({
    clientUri: `${MOID}/${each}/`,
    moData: { x: { a: 'u', b: 1, c: true, d: { a: 'v', n1: { b: 1 }, n2: { b: 2 } }, e: { n1: 'AA==' } } },
  })),
  definitions,
);

test('every instance is valid after every step, and what was counted is there', () => {
  let done = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) => {
      let tree = START;
      for (const take of steps) {
        const before = JSON.stringify(treeToDmmo(tree));
        let after = tree;
        try {
          after = take(tree);
          if (after !== tree) done++;
        } catch (error) {
          expect(error).toBeInstanceOf(SimbootError);
        }
        expect(JSON.stringify(treeToDmmo(tree))).toBe(before);
        tree = after;
        expect(tree.count).toBeLessThanOrEqual(60);
        const back = treeFromDmmo(treeToDmmo(tree), []);
        expect([tree.count, tree.octets]).toEqual([back.count, back.octets]);
        for (const each of tree.instancesOf(MOID).keys()) {
          const findings = validateMo(serializeNode(tree, { moid: MOID, miid: each, path: [] }), '$', {
            definitions,
          });
          expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        }
      }
    }),
    { numRuns: 400 },
  );
  // Enough of the steps did something.
  expect(done).toBeGreaterThan(300);
});
