/** The web component: answers of users reach the job that asked (DM 2.0 §5.3.7). */

import { settleJobs } from './jobs.js';
import type { Answer } from './question.js';
import type { Turn } from './turn.js';

/** The first answer counts; later ones, and those after the expiry, change nothing. */
export function answerQuestion(turn: Turn, uiId: string, answer: Answer): void {
  const page = turn.state.ui.find((each) => each.uiId === uiId);
  if (page === undefined || page.state !== 'open' || turn.now > page.expiresAt) return;
  turn.write({ type: 'ui', record: { ...page, state: 'answered', answer, answeredAt: turn.now } });
  const command = turn.commandById(page.commandId);
  if (command === undefined || !command.open) return;
  if (command.state === 'answered') turn.command({ ...command, open: false });
  else if (command.state === 'in-doubt') {
    // The page was seen, so the command ran, though its status was lost.
    turn.command({ ...command, state: 'answered', answeredAt: turn.now, open: false });
  }
  if (turn.state.session?.state !== 'open') settleJobs(turn);
}
