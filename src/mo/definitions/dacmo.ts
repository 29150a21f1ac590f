/** Who may do what with which MO instance (DM 2.0 §12.3). Root, occurrences: docs/decisions/delegation-access-control.md. */
import { interior, leaf, type MoDefinition, scoped } from '../definition.js';

const GROUP = interior('<x>', { occurrence: 'OneOrMore' }, [
  leaf('Path', 'chr', { status: 'Optional', occurrence: 'ZeroOrOne' }),
  interior('Permissions', {}, [
    interior('<x>', { occurrence: 'OneOrMore' }, [
      leaf('MAID', 'chr'),
      leaf('AR', 'int', { range: [0, 15] }),
    ]),
  ]),
]);

/** The Delegation Access Control MO (DM 2.0 §12.3). */
export const DACMO: MoDefinition = {
  moid: 'urn:oma:mo:oma-dm-dacmo:1.0',
  name: 'DacMO',
  clause: 'DM 2.0 §12.3',
  moidAliases: [],
  root: scoped(
    interior('DacMO', {}, [
      interior('<MOID>', { status: 'Optional', occurrence: 'ZeroOrMore' }, [
        interior('<MIID>', { occurrence: 'ZeroOrMore' }, [GROUP]),
      ]),
    ]),
  ),
};
