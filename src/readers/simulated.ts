/** A simulated card behind the real PC/SC service, and what there is to simulate. */
import { toHex } from '../bytes/index.js';
import type { ExchangeRecord, ProfileSummary, SimOption, SimulatedCard } from '../simulator/index.js';
import { serveVpcd, VPCD_PORT, type VpcdState } from '../transport/index.js';

/** What there is to simulate. */
export interface SimulatedCardList {
  readonly profiles: readonly ProfileSummary[];
  /** Options of a reader's name, `sim:PROFILE?option=value`. */
  readonly options: readonly SimOption[];
}

/** The built-in profiles and the options. The simulator is loaded when it is first needed. */
export async function listSimulatedCards(): Promise<SimulatedCardList> {
  const { listProfiles, SIM_OPTIONS } = await import('../simulator/index.js');
  return { profiles: listProfiles(), options: SIM_OPTIONS };
}

export interface VirtualReaderOptions {
  /** `PROFILE`, a path, or either with options, as in the reader name `sim:PROFILE?option=value`. */
  readonly card: string;
  readonly state?: string;
  /** Faults in the notation of `SIM_OPTIONS`, for example `tear@12`. */
  readonly faults?: readonly string[];
  /** Where vpcd listens; 127.0.0.1 and its first port unless told. */
  readonly host?: string;
  readonly port?: number;
  /** Takes the card out of the reader. */
  readonly signal?: AbortSignal;
  readonly onState?: (state: VpcdState, card: SimulatedCard) => void;
  readonly onExchange?: (exchange: ExchangeRecord) => void;
}

/** What a card did in a virtual reader. */
export interface VirtualReaderReport {
  readonly profile: string;
  readonly atr: string;
  readonly vpcd: string;
  readonly end: 'aborted' | 'card-removed';
  readonly exchanges: number;
  /** Milliseconds a real card and reader would have needed. */
  readonly cardMilliseconds: number;
}

/**
 * Puts a simulated card into a virtual reader (vpcd) until `signal` aborts or a fault pulls it out.
 *
 * @throws UsageError for an unknown profile, option or state
 * @throws ReaderError `READER_VPCD_UNREACHABLE` if vpcd does not listen
 */
export async function serveSimulatedCard(options: VirtualReaderOptions): Promise<VirtualReaderReport> {
  const card = await simulatedCard(options);
  const { host = '127.0.0.1', port = VPCD_PORT, signal, onState } = options;
  const end = await serveVpcd(card, {
    host,
    port,
    ...(signal === undefined ? {} : { signal }),
    onState: (state) => onState?.(state, card),
  });
  return {
    profile: card.profile.name,
    atr: toHex(card.answerToReset),
    vpcd: `${host}:${port}`,
    end,
    exchanges: card.exchangeCount,
    cardMilliseconds: Math.round(card.cardTime),
  };
}

async function simulatedCard(options: VirtualReaderOptions): Promise<SimulatedCard> {
  const { createSimulatedCard, parseFault, parseSimSpec } = await import('../simulator/index.js');
  const spec = parseSimSpec(options.card);
  const more = (options.faults ?? []).map(parseFault);
  return createSimulatedCard({
    ...spec,
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(options.onExchange === undefined ? {} : { onExchange: options.onExchange }),
    faults: (faults) => {
      spec.faults?.(faults);
      for (const arm of more) arm(faults);
    },
  });
}
