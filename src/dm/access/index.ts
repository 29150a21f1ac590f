/** Who may do what (DM 2.0 §6.3.1.1, §10, §12.3, §13.2): pure questions and changes over a tree. */
export { accountOf, isBootstrapServer, isProvisioned, provisionedMoids } from './accounts.js';
export { type AclConversion, aclToPermissions } from './acl.js';
export {
  ALL_RIGHTS,
  DELEGATE,
  EVERYONE,
  EXECUTE,
  type ManagementAuthority,
  maid,
  parseMaid,
  READ,
  WRITE,
} from './authority.js';
export { checkAccess } from './check.js';
export { checkDelegation } from './delegation.js';
export { forgetInstances, grantCreator, grantEveryone, onServerRemoved, withPermissions } from './grant.js';
export { visibleMos } from './mos.js';
export { type Permission, type PermissionGroup, permissionGroups, rightsAt } from './permissions.js';
export { readable } from './readable.js';
export type { AccessRequest, AccessResult } from './types.js';
