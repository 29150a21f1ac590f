/** Whatever a tree or a list holds: rights between 0 and 15, typed errors, and no refusal that depends on order. */
import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  aclToPermissions,
  checkAccess,
  checkDelegation,
  forgetInstances,
  onServerRemoved,
  readable,
  rightsAt,
  visibleMos,
} from '../../src/dm/access/index.js';
import { MO_DEFINITIONS, type MoNode, MoTree } from '../../src/mo/index.js';
import { fuzz } from '../support/fuzz.js';
import { at, DACMO, DMACC, server } from './trees.js';

const NAMES = [
  'DacMO',
  DMACC,
  'a',
  '1',
  'Path',
  'Permissions',
  'MAID',
  'AR',
  'Perm',
  'MOID',
  'SrvID',
  '__proto__',
];
const VALUES = [
  0,
  1,
  15,
  16,
  -1,
  0.5,
  '*',
  'serverid:S',
  'S',
  'appid:S',
  '/',
  '/Auth',
  '%',
  '/*/(x)',
  '',
  null,
  true,
];
const { node } = fc.letrec<{ node: MoNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(...VALUES).map((value): MoNode => ({ kind: 'leaf', value })),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('node')), { maxLength: 4 })
      .map((children): MoNode => ({ kind: 'interior', children: new Map(children) })),
  ),
}));
const interior = node.filter((each) => each.kind === 'interior') as fc.Arbitrary<
  MoNode & { kind: 'interior' }
>;
const tree = fc
  .tuple(interior, interior)
  .map(([permissions, account]) =>
    MoTree.empty
      .withInstance({ moid: DACMO, miid: 'DacMO', root: permissions })
      .withInstance({ moid: DMACC, miid: 'a', root: account }),
  );

test('any tree', () => {
  fc.assert(
    fc.property(tree, tree, (one, other) => {
      const S = server('S');
      const ref = at(DMACC, 'a', 'Auth');
      const rights = rightsAt(one, S, ref);
      expect(rights & ~15).toBe(0);
      expect(typeof readable(one, S, ref, MO_DEFINITIONS)(['Perm'])).toBe('boolean');
      expect(readable(one, S, ref, MO_DEFINITIONS)(['Perm', '1', 'MOID'])).toBe(false);
      expect(visibleMos(one, 'S', MO_DEFINITIONS).length).toBeLessThanOrEqual(4);
      expect(checkDelegation(one, S, one)).toEqual({ ok: true });
      expect([true, false]).toContain(checkDelegation(one, S, other).ok);
      for (const operation of ['read', 'execute', 'delete'] as const) {
        const result = checkAccess(
          one,
          S,
          { operation, refs: [ref, at(DACMO, 'DacMO', 'a')] },
          MO_DEFINITIONS,
        );
        expect(result.ok ? 200 : result.status).toBeGreaterThanOrEqual(200);
      }
      const without = onServerRemoved(one, 'S');
      const star = rightsAt(one, server('nobody'), ref);
      expect(rightsAt(without, S, ref) & ~star).toBe(0);
      expect(forgetInstances(without).instancesOf(DMACC).size).toBe(1);
    }),
    { numRuns: 500 },
  );
});

test('100,000 damaged access control lists', () => {
  const seeds = ['Get=*&Replace=srv1+srv2', 'Add=a&Copy=b&Delete=c&Exec=d&Get=e&Replace=f', ''];
  const decode = (bytes: Uint8Array) => aclToPermissions(String.fromCharCode(...bytes), '/a');
  const { accepted, refused } = fuzz(decode, seeds.map(encodeUtf8));
  expect(accepted).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(10_000);
});
