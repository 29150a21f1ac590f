export type { AssociationStore, SecurityAssociation } from './association.js';
export {
  type OpenedBootstrap,
  PROTECTED_MEDIA_TYPE,
  type ProtectOptions,
  protectBootstrap,
  protectedContentType,
  unprotectBootstrap,
} from './protect.js';
