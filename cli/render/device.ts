/** What a device tells, as lines for people. */
import type { DeviceEvent, DeviceReport } from '../../src/app/index.js';
import type { Colours } from '../context.js';

/** One event; `undefined` for what belongs to the line before. */
export function eventLine(event: DeviceEvent, colours: Colours): string | undefined {
  const good = (text: string) => `${colours.green('✓')} ${text}`;
  const bad = (text: string) => `${colours.red('✗')} ${text}`;
  switch (event.type) {
    case 'card':
      if (!event.ok) return bad(`card not read, nothing is changed: ${event.reason}`);
      return good(event.documents > 0 ? 'card read: it has a bootstrap' : 'card read: it has no bootstrap');
    case 'bootstrapped': {
      const list = (word: string, servers: readonly string[]) =>
        servers.length === 0 ? [] : [`${word} ${servers.join(', ')}`];
      const changes = [
        ...list('added', event.added),
        ...list('replaced', event.replaced),
        ...list('removed', event.removed),
      ];
      return good(`bootstrap (${event.origin}): ${changes.join('; ') || 'nothing new'}`);
    }
    case 'notification':
      return `${colours.cyan('●')} notification, ${event.octets} octets, ${event.transport}`;
    case 'push':
      return pushLine(event, good, bad);
    case 'session-started':
      return `${colours.cyan('●')} session with ${colours.bold(event.serverId)} (${event.cause})`;
    case 'request': {
      const secured = event.credentials === 'none' ? '' : ` [${event.credentials}]`;
      return `  ${colours.cyan('→')} ${event.method} ${event.url}${secured}  ${colours.dim(event.says.join(' · '))}`;
    }
    case 'response':
      return `  ${colours.cyan('←')} ${event.status}  ${colours.dim(event.says.join(' · ') || `${event.octets} octets`)}`;
    case 'no-response':
      return `  ${bad(`${event.message} (${event.code})`)}`;
    case 'browse':
      return `  ${event.ok ? good('browser opened') : bad('the browser did not start')}`;
    case 'exec':
      return `  ${event.status < 300 ? good(`ran ${event.clientUri}`) : bad(`ran ${event.clientUri}: ${event.status}`)}`;
    case 'session-ended':
      return event.outcome.kind === 'ended'
        ? good(`session with ${event.serverId} ended`)
        : bad(`session with ${event.serverId} aborted: ${event.outcome.message}`);
    case 'note':
      return event.level === 'info' ? colours.dim(event.message) : `${colours.yellow('!')} ${event.message}`;
  }
}

type Mark = (text: string) => string;

function pushLine(event: Extract<DeviceEvent, { type: 'push' }>, good: Mark, bad: Mark): string {
  switch (event.outcome) {
    case 'associated':
      return good(`push ${event.pTid}: keys derived with the USIM`);
    case 'held':
      return good(`push ${event.pTid}: the message waits for its push information`);
    case 'bootstrap':
      return good(`push ${event.pTid}: a genuine bootstrap`);
    case 'resynchronise':
      return bad(
        `push: the USIM is ahead of its home network; give it --rand ${event.rand} --auts ${event.auts}`,
      );
    case 'dropped':
      return bad(`push dropped: ${event.reason} (${event.count} so far)`);
    case 'card-failed':
      return bad(`push lost, the card could not be asked: ${event.message} (${event.code})`);
  }
}

/** The report at the end of a run. */
export function reportText(report: DeviceReport, colours: Colours): string {
  const { devId, accounts, sessions } = report;
  const known = accounts.map(({ srvId, origin }) => `${srvId} (${origin})`).join(', ') || 'none';
  const ended = sessions.filter(({ ended }) => ended).length;
  const aborted = sessions.length - ended;
  return [
    `${colours.bold(devId)}: accounts ${known}`,
    `sessions: ${ended} ended${aborted > 0 ? `, ${aborted} aborted` : ''}`,
    ...nextStep(report),
  ].join('\n');
}

/** What helps a person whose device had nothing to do. */
function nextStep({ accounts, sessions }: DeviceReport): string[] {
  if (accounts.length === 0)
    return ['next: it needs an account: --reader (a card), --factory FILE or --bootstrap-url URI brings one'];
  if (sessions.length === 0)
    return ['next: nothing was due; --session opens a session with every server it knows'];
  return [];
}
