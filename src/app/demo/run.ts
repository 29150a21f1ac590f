/** Starts the demonstration; its rooms are loaded only then, so that other commands start fast. */
import type { DemoOptions, DemoStep } from './step.js';

/**
 * The whole chain on simulated cards, step by step.
 *
 * @yields each step once it has happened
 * @throws Error if a step does not come out as told, which is a defect of this program
 */
export async function* runDemo(options: DemoOptions): AsyncGenerator<DemoStep> {
  const { demonstrate } = await import('./demo.js');
  yield* demonstrate(options);
}
