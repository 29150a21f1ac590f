/** Time of a dry run: it goes on only when the simulated card or the handler needs some. */

export interface ModelClock {
  /** Milliseconds since the start. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** One slot's time: whoever sleeps is the only one, so that sleeping takes none. */
export function modelClock(): ModelClock {
  let time = 0;
  return {
    now: () => time,
    async sleep(milliseconds) {
      time += Math.max(0, milliseconds);
    },
  };
}
