/** What the session runs over (DM 2.0 §12.4). */
import { interior, leaf, type MoDefinition, scoped } from '../definition.js';

const READ_ONLY = { access: ['Get', 'No Replace'] } as const;

/** The Session Information MO (DM 2.0 §12.4). */
export const SESSIONINFO: MoDefinition = {
  moid: 'urn:oma:mo:oma-sessioninfomo:1.0',
  name: 'SessionInfo',
  clause: 'DM 2.0 §12.4',
  moidAliases: [],
  root: scoped(
    interior('<x>', READ_ONLY, [
      leaf('CBT', 'int', { ...READ_ONLY, range: [0, 255] }),
      leaf('ROAMING', 'int', { ...READ_ONLY, values: [0, 1, 2] }),
    ]),
  ),
};
