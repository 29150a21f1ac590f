import {
  createSimulatedCard,
  loadProfile,
  type Profile,
  type SimulatedCard,
  type SimulatedCardOptions,
} from '../../src/simulator/index.js';

type DomainData = NonNullable<Profile['data']['securityDomain']>;
export interface DomainChanges extends Partial<Omit<DomainData, 'deviations'>> {
  readonly deviations?: Partial<DomainData['deviations']>;
}

/** A built-in profile with another security domain. */
export function changed(name: string, changes: DomainChanges): Profile {
  const { data } = loadProfile(name);
  const domain = data.securityDomain!;
  const deviations = { ...domain.deviations, ...changes.deviations };
  return { name, data: { ...data, securityDomain: { ...domain, ...changes, deviations } } };
}

/** A card with power. */
export async function insert(
  profile: string | Profile,
  options: Partial<SimulatedCardOptions> = {},
): Promise<SimulatedCard> {
  const card = createSimulatedCard({ profile, ...options });
  await card.powerOn();
  return card;
}
