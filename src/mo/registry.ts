/** The definitions that simboot knows, found by MOID or by an older spelling of it. */
import type { MoDefinition } from './definition.js';
import { DACMO } from './definitions/dacmo.js';
import { DEVINFO } from './definitions/devinfo.js';
import { DMACC } from './definitions/dmacc.js';
import { SESSIONINFO } from './definitions/sessioninfo.js';

/** The definitions that simboot comes with. */
export const MO_DEFINITIONS: readonly MoDefinition[] = [DEVINFO, DMACC, DACMO, SESSIONINFO];

export interface DefinitionMatch {
  readonly definition: MoDefinition;
  /** The MOID is an older spelling; `definition.moid` is today's. */
  readonly alias: boolean;
}

/**
 * `urn:` in front of the `oma:mo:` that some texts start a MOID with.
 *
 * @example canonicalMoid('oma:mo:oma-dm-devinfo:1.2') // → 'urn:oma:mo:oma-dm-devinfo:1.2'
 */
export function canonicalMoid(moid: string): string {
  const urn = moid.startsWith('oma:mo:') ? `urn:${moid}` : moid;
  return MO_DEFINITIONS.find(({ moidAliases }) => moidAliases.includes(urn))?.moid ?? urn;
}

/**
 * The definition for a MOID, or undefined for an MO that simboot has none for (vendors' MOs).
 *
 * @example findDefinition(DMACC.moid)?.definition.name // → 'DMAcc'
 */
export function findDefinition(
  moid: string,
  definitions: readonly MoDefinition[] = MO_DEFINITIONS,
): DefinitionMatch | undefined {
  const current = canonicalMoid(moid);
  const definition = definitions.find((each) => each.moid === current);
  return definition === undefined ? undefined : { definition, alias: moid !== definition.moid };
}
