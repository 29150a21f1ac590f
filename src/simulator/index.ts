/** Simulated cards, written from the specifications alone: nothing here comes from the host side. */
export { type ChipIdentity, createSimulatedCard, SimulatedCard, type SimulatedCardOptions } from './card.js';
export { type Fault, Faults, type TearMoment } from './machine/faults.js';
export { listProfiles, loadProfile, type Profile, type ProfileSummary } from './profile/load.js';
export type { ChannelDefect } from './security-domain/session.js';
export { parseFault, parseSimSpec, SIM_OPTIONS, type SimOption, type SimSpec } from './spec.js';
export type { CardImage } from './state/image.js';
export type {
  DomainCounters,
  DomainKeyView,
  ExchangeRecord,
  FileView,
  PinView,
  SecureChannelView,
} from './views.js';
