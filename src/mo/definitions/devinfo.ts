/** What the device says of itself (DM 2.0 §12.1). */
import { extension, interior, leaf, type MoDefinition, scoped } from '../definition.js';

/** The DevInfo MO (DM 2.0 §12.1). */
export const DEVINFO: MoDefinition = {
  moid: 'urn:oma:mo:oma-dm-devinfo:1.2',
  name: 'DevInfo',
  clause: 'DM 2.0 §12.1',
  moidAliases: ['urn:oma:mo:oma-dm-devinfo:1.0'],
  root: scoped(
    interior('<x>', {}, [
      interior('Bearer', { status: 'Optional', occurrence: 'ZeroOrOne', open: true }, []),
      leaf('DevID', 'chr'),
      leaf('Man', 'chr'),
      leaf('Mod', 'chr'),
      leaf('DmV', 'chr'),
      leaf('Lang', 'chr'),
      leaf('DevType', 'chr'),
      leaf('OEM', 'chr'),
      leaf('FwV', 'chr'),
      leaf('SwV', 'chr'),
      leaf('HwV', 'chr'),
      extension(),
    ]),
  ),
};
