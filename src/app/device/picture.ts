/** The story of a device as a sequence diagram: card, device, servers, data repository. */
import { type SequenceStep, sequenceDiagram } from '../sequence.js';
import type { DeviceEvent } from './types.js';

const DEVICE = 'device';
const PARTNERS: Readonly<Record<string, string>> = {
  session: 'server',
  bootstrap: 'server',
  gcm: 'server',
  repository: 'repository',
  subscription: 'repository',
};

const PUSH_WORDS = {
  associated: 'push information',
  held: 'message, waits',
  bootstrap: 'genuine bootstrap',
  resynchronise: 'the USIM is ahead',
  'card-failed': 'the card failed',
} as const;

/**
 * Draws what a device told; empty where nothing went to or fro.
 *
 * @param width columns of the terminal
 */
export function devicePicture(events: readonly DeviceEvent[], width: number): string {
  const steps = events.map(stepOf).filter((step) => step !== undefined);
  if (steps.length === 0) return '';
  const order = ['card', DEVICE, 'server', 'repository'];
  const used = new Set([DEVICE, ...steps.flatMap(({ from, to }) => [from, to])]);
  return sequenceDiagram(
    order.filter((name) => used.has(name)),
    steps,
    width,
  );
}

function stepOf(event: DeviceEvent): SequenceStep | undefined {
  const here = (...lines: string[]): SequenceStep => ({ from: DEVICE, to: DEVICE, lines });
  switch (event.type) {
    case 'card': {
      const read = event.documents > 0 ? 'bootstrap document' : 'no bootstrap';
      return { from: 'card', to: DEVICE, lines: event.ok ? [read] : ['not readable'] };
    }
    case 'notification':
      return { from: 'server', to: DEVICE, lines: [`Package#0 over ${event.transport}`] };
    case 'push': {
      const { outcome } = event;
      const what = outcome === 'dropped' ? `dropped: ${event.reason}` : PUSH_WORDS[outcome];
      return { from: 'server', to: DEVICE, lines: ['GBA push', what] };
    }
    case 'request': {
      const lines = event.says.length > 0 ? event.says : [`HTTP ${event.method}`];
      return { from: DEVICE, to: PARTNERS[event.purpose]!, lines };
    }
    case 'response': {
      const octets = event.octets > 0 ? `, ${event.octets} octets` : '';
      const lines = event.says.length > 0 ? event.says : [`${event.status}${octets}`];
      return { from: PARTNERS[event.purpose]!, to: DEVICE, lines };
    }
    case 'no-response':
      return here(`no answer from the ${PARTNERS[event.purpose]}: ${event.code}`);
    case 'bootstrapped': {
      const { added, replaced, removed } = event;
      const words = [
        ...(added.length > 0 ? [`account ${added.join(', ')} added`] : []),
        ...(replaced.length > 0 ? [`account ${replaced.join(', ')} replaced`] : []),
        ...(removed.length > 0 ? [`account ${removed.join(', ')} removed`] : []),
      ];
      return here(...(words.length > 0 ? words : ['nothing new in the bootstrap']));
    }
    case 'browse':
      return here(event.ok ? 'browser opened' : 'browser did not start');
    case 'exec':
      return here(`ran ${event.clientUri}: ${event.status}`);
    case 'session-ended': {
      const { outcome } = event;
      return here(outcome.kind === 'ended' ? 'session ended' : `session aborted: ${outcome.message}`);
    }
    case 'session-started':
    case 'note':
      return undefined;
  }
}
