/** What a device says of itself (DM 2.0 §12.1): set by the device at every start, read only for servers. */
import { luhnValid } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { DEVINFO, type InteriorNode, type LeafNode, type MoTree } from '../../mo/index.js';

const MIID = 'DevInfo';

/** The leaves of DevInfo. */
export interface DevInfoValues {
  /** `IMEI:` and 15 digits, `ESN:`, `MEID:`, `UUID:`, or another URI. */
  readonly DevID: string;
  readonly Man: string;
  readonly Mod: string;
  readonly DmV: string;
  readonly Lang: string;
  readonly DevType: string;
  readonly OEM: string;
  readonly FwV: string;
  readonly SwV: string;
  readonly HwV: string;
}

/** A device for trying things out. Its IMEI is of the range for tests, with the right check digit. */
export const TEST_DEVICE: DevInfoValues = {
  DevID: 'IMEI:004999010640000',
  Man: 'simboot',
  Mod: 'simulated device',
  DmV: '2.0',
  Lang: 'en',
  DevType: 'device',
  OEM: 'simboot',
  FwV: '1',
  SwV: '1',
  HwV: '1',
};

/** What §12.1 says about the forms it names; letters after the colon count as digits where hex is usual. */
const FORMS: Readonly<Record<string, RegExp>> = {
  IMEI: /^\d{15}$/,
  ESN: /^[0-9A-Fa-f]{8}$/,
  MEID: /^[0-9A-Fa-f]{14}$/,
  UUID: /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/,
};

/**
 * @throws UsageError `USAGE_ARGUMENT` for a DevID that is no URI, or breaks the form that its prefix names
 * @example checkDevId('IMEI:004999010640001') // throws USAGE_ARGUMENT
 */
export function checkDevId(devId: string): string {
  const [, prefix = '', rest = ''] = /^(IMEI|ESN|MEID|UUID):(.*)$/.exec(devId) ?? [];
  const form = FORMS[prefix];
  if (form && !form.test(rest)) throw refused(devId, `it has not the form of a DevID with ${prefix}:`);
  if (prefix === 'IMEI' && !luhnValid(rest))
    throw refused(devId, 'the last digit is not the check digit of the IMEI');
  // It is also the value of an HTTP header.
  if (!/^[!-~]+$/.test(devId)) throw refused(devId, 'it is not a URI');
  return devId;
}

function refused(devId: string, why: string): UsageError {
  return new UsageError('USAGE_ARGUMENT', `the DevID ${devId} cannot be used: ${why}`);
}

/** The tree with DevInfo as the device is today; the same tree where nothing has changed. Bearer and Ext stay. */
export function withDevInfo(tree: MoTree, values: DevInfoValues): MoTree {
  const [miid, before] = [...tree.instancesOf(DEVINFO.moid)][0] ?? [MIID, undefined];
  const children = new Map(before?.root.children);
  let isSame = before !== undefined;
  for (const [name, value] of Object.entries(values)) {
    const node = children.get(name);
    if (node?.kind === 'leaf' && node.value === value) continue;
    children.set(name, { kind: 'leaf', value } satisfies LeafNode);
    isSame = false;
  }
  if (isSame) return tree;
  const root: InteriorNode = { kind: 'interior', children };
  return tree.withInstance({ moid: DEVINFO.moid, miid, root });
}
