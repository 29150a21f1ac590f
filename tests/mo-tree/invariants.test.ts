/** Whatever is stored and deleted: each instance follows its definition afterwards, or nothing has happened. */
import fc from 'fast-check';
import { SimbootError } from '../../src/errors/index.js';
import {
  deleteNode,
  interior,
  type JsonValue,
  leaf,
  type MoDefinition,
  MoTree,
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
const value = fc.constantFrom<JsonValue>('text', 'AA==', 7, '8', true, 'false');
const group = fc.dictionary(fc.constantFrom('a', 'n1', 'n2', 'n3'), fc.oneof(value, fc.record({ b: value })));
const root = fc.record(
  { a: value, b: value, c: value, d: group, e: fc.dictionary(name, value, { maxKeys: 2 }) },
  { requiredKeys: ['c'] },
);
const path = fc.array(name, { maxLength: 3 });
const anything = fc.oneof<fc.Arbitrary<JsonValue>[]>(value, group, root, fc.constant({}));
const miid = fc.constantFrom('', 'm1', 'm2');

type Step = (tree: MoTree) => MoTree;
const object = fc
  .oneof(
    fc.record({ miid, path: fc.constant([] as string[]), content: root as fc.Arbitrary<JsonValue> }),
    fc.record({ miid, path, content: anything }),
  )
  .map(({ miid: instance, path: below, content }) => ({
    clientUri: `${MOID}/${instance}/${below.join('/')}`,
    moData: { label: content },
  }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(object, { minLength: 1, maxLength: 3 }).map(
    (objects): Step =>
      (tree) =>
        storeObjects(tree, objects, { definitions, limits: { nodes: 60 } }).tree,
  ),
  fc.tuple(path, value).map(
    ([below, text]): Step =>
      (tree) =>
        storeLeafValue(tree, { moid: MOID, miid: 'm1', path: below }, String(text), 'text/plain', definitions)
          .tree,
  ),
  fc.tuple(fc.constantFrom('m1', 'm2'), path).map(
    ([instance, below]): Step =>
      (tree) => {
        const result = deleteNode(tree, { moid: MOID, miid: instance, path: below }, definitions);
        return result.status === 200 ? result.tree : tree;
      },
  ),
);

test('every instance is valid after every step, and what was counted is there', () => {
  let done = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) => {
      let tree = MoTree.empty;
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
