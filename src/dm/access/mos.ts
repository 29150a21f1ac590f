/** The MOs that a server is told of when it asks (DM 2.0 §5.2.2, REQ-MOS). */
import { canonicalMoid, type MoDefinition, type MoTree } from '../../mo/index.js';
import type { MosEntry } from '../messages.js';
import { AccessContext } from './context.js';

/**
 * The array MOS for a server: the MOs that the client supports (it has a definition or an instance) and the server was
 * provisioned for; of their instances those where the server has any permission.
 *
 * @example visibleMos(MoTree.empty, 'dm1', MO_DEFINITIONS) // → []
 */
export function visibleMos(tree: MoTree, serverId: string, definitions: readonly MoDefinition[]): MosEntry[] {
  const context = new AccessContext(tree, { kind: 'server', serverId }, definitions);
  const supported = new Set([
    ...definitions.map(({ moid }) => moid),
    ...[...tree.moids()].map(canonicalMoid),
  ]);
  return [...supported]
    .filter((moid) => context.isProvisioned(moid))
    .map((moid) => {
      const instances = [...tree.instancesOf(moid).values()].filter(({ miid }) => context.hasAny(moid, miid));
      const described = definitions.find((definition) => definition.moid === moid)?.ddfUrl;
      const ddf = described ?? instances.find((instance) => instance.ddf !== undefined)?.ddf;
      return { ...(ddf === undefined ? {} : { ddf }), moid, miids: instances.map(({ miid }) => miid) };
    });
}
