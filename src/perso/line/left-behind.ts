/** Records that an earlier process of the station left behind, until every slot with a card was looked at. */
import type { LineRecord } from '../store/port.js';
import { type RecoveryOptions, recoverStation, settleRecord } from './recover.js';

export class LeftBehind {
  /** Slots with a card at the start that was not looked up yet. */
  readonly #unsettled = new Set<string>();
  /** Records that wait for that. */
  #pending: LineRecord[] = [];
  #takenOver = new Set<number>();

  /** @param options `now` as it is when it is asked */
  constructor(private readonly options: RecoveryOptions) {}

  /** Sets aside what was being written. @param slots slots that may have a card now */
  async find(slots: () => Promise<readonly string[]>): Promise<void> {
    this.#takenOver = new Set();
    const { reserved, verified } = await recoverStation(this.options);
    this.#pending = [...reserved, ...verified];
    this.#unsettled.clear();
    for (const slot of await slots()) this.#unsettled.add(slot);
  }

  /** Slots that were not looked at since the start. */
  get unsettled(): readonly string[] {
    return [...this.#unsettled];
  }

  /** A slot was looked at. @returns whether it was the last one */
  settled(slot: string): boolean {
    return this.#unsettled.delete(slot) && this.#unsettled.size === 0;
  }

  takenOver(record: number): void {
    this.#takenOver.add(record);
  }

  /** Records whose card is in no slot, each only once; nothing while a slot was not looked at, or where none waits. */
  take(): readonly LineRecord[] | undefined {
    if (this.#unsettled.size > 0 || this.#pending.length === 0) return undefined;
    const left = this.#pending.filter(({ number }) => !this.#takenOver.has(number));
    this.#pending = [];
    return left;
  }

  /** Nothing written means free again, verified means on its way out. @returns as `settleRecord` */
  settle(record: LineRecord): Promise<LineRecord | undefined> {
    return settleRecord(this.options, record);
  }
}
