/** DELETE [key] (GPC 2.3.1 §11.2). Applications stay: there is no content management here. */
import { SW } from '../../../apdu/index.js';
import { decodeTlvs, type Tlv } from '../../../bytes/index.js';
import { DataError } from '../../../errors/index.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';

const TAG = { KEY_IDENTIFIER: 0xd0, KEY_VERSION: 0xd2 } as const;
const NOTHING_MORE = Uint8Array.of(0x00);

/** The last complete key set stays on the card, so that it cannot be lost. */
export function deleteKey(machine: Machine, { p1, p2, data }: Command): Answer {
  const { keys } = machine.domain!;
  if (p1 !== 0 || p2 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const reference = readReference(data);
  if (reference === undefined) return { sw: SW.WRONG_DATA };
  const matches = (key: { version: number; identifier: number }) =>
    (reference.version ?? key.version) === key.version &&
    (reference.identifier ?? key.identifier) === key.identifier;
  if (!keys.all.some(matches)) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  const isSetLeft = [...keys.versions()].some(
    ([version, members]) => keys.set(version) !== undefined && !members.some(matches),
  );
  if (!isSetLeft) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  keys.remove(matches);
  return { sw: SW.OK, data: NOTHING_MORE };
}

/** Key identifier and version, one of them at least. */
function readReference(data: Uint8Array): { identifier?: number; version?: number } | undefined {
  let objects: readonly Tlv[];
  try {
    objects = decodeTlvs(data);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
  const known = objects.every(
    ({ tag, value }) => (tag === TAG.KEY_IDENTIFIER || tag === TAG.KEY_VERSION) && value.length === 1,
  );
  if (!known || objects.length === 0 || objects.length > 2) return undefined;
  const octet = (tag: number) => objects.find((object) => object.tag === tag)?.value[0];
  const [identifier, version] = [octet(TAG.KEY_IDENTIFIER), octet(TAG.KEY_VERSION)];
  return {
    ...(identifier === undefined ? {} : { identifier }),
    ...(version === undefined ? {} : { version }),
  };
}
