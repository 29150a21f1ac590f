/** The story of one session as a sequence diagram, from what the server tells. */
import { type SequenceStep, sequenceDiagram } from '../sequence.js';
import type { DmServerEvent } from './events.js';

const [DEVICE, SERVER] = ['device', 'server'] as const;

/**
 * Draws a session.
 *
 * @param events of one device, from the start of the session to its end
 * @param width columns of the terminal
 */
export function sessionPicture(events: readonly DmServerEvent[], width: number): string {
  return sequenceDiagram([DEVICE, SERVER], events.flatMap(stepOf), width);
}

function stepOf(event: DmServerEvent): SequenceStep[] {
  const received = (line: string): SequenceStep[] => [{ from: DEVICE, to: SERVER, lines: [line] }];
  const sent = (line: string): SequenceStep[] => [{ from: SERVER, to: DEVICE, lines: [line] }];
  switch (event.type) {
    case 'alert':
      return received(`alert ${event.alertType.split(':').at(-1)}`);
    case 'command-sent':
      return sent(event.name);
    case 'command-answered':
      return received(`${event.name} ${event.status ?? ''}`.trimEnd());
    case 'session-ended':
      return event.outcome === 'finished'
        ? sent('END')
        : [{ from: SERVER, to: SERVER, lines: [`ended: ${event.outcome}`] }];
    default:
      return [];
  }
}
