/** What the DM accounts say of servers: their MOIDs (§10, §12.2 Perm) and who the bootstrap server is (§9.3.2). */
import { canonicalMoid, DMACC, type MoInstance, type MoTree } from '../../mo/index.js';
import type { ManagementAuthority } from './authority.js';
import { interior, leafValue } from './permissions.js';

/** The account of a server, by SrvID. */
export function accountOf(tree: MoTree, serverId: string): MoInstance | undefined {
  for (const instance of tree.instancesOf(DMACC.moid).values()) {
    if (leafValue(instance.root.children.get('SrvID')) === serverId) return instance;
  }
  return undefined;
}

/**
 * The MOIDs that the bootstrap gave a server (Perm of its account); none for a server without account.
 */
export function provisionedMoids(tree: MoTree, serverId: string): ReadonlySet<string> | 'all' {
  const account = accountOf(tree, serverId);
  const moids = [...interior(account?.root.children.get('Perm')).values()]
    .map((group) => leafValue(interior(group).get('MOID')))
    .filter((moid): moid is string => typeof moid === 'string');
  return moids.includes('*') ? 'all' : new Set(moids.map(canonicalMoid));
}

/** Whether an authority may manage instances of a MOID at all. Applications have no bootstrap, so nothing limits them. */
export function isProvisioned(tree: MoTree, authority: ManagementAuthority, moid: string): boolean {
  if (authority.kind === 'app') return true;
  const moids = provisionedMoids(tree, authority.serverId);
  return moids === 'all' || moids.has(canonicalMoid(moid));
}

/**
 * Whether an authority is the server that the Auth/Bootstrap node of an account names: its own account has the same
 * origin in SrvURI as that node in ServerURI.
 */
export function isBootstrapServer(tree: MoTree, authority: ManagementAuthority, miid: string): boolean {
  if (authority.kind === 'app') return false;
  const path = ['Auth', 'Bootstrap', 'ServerURI'];
  const bootstrap = originOf(leafValue(tree.node({ moid: DMACC.moid, miid, path })));
  const own = originOf(leafValue(accountOf(tree, authority.serverId)?.root.children.get('SrvURI')));
  return own !== undefined && own === bootstrap;
}

function originOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, host } = new URL(value);
  return host === '' ? undefined : `${protocol}//${host}`;
}
