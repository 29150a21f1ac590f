/** Commands of a job, as they stand there: status words and answers are compared with what the job expects. */
import { type CommandApdu, decodeCommand, explainStatus } from '../../apdu/index.js';
import { equal, fromHex, hex8, hex16 } from '../../bytes/index.js';
import { CardError, DataError, type SimbootError } from '../../errors/index.js';
import { compileTemplate, type Template } from '../job/template.js';
import type { ApduStep } from '../job/types.js';
import type { Values } from './document.js';
import type { WorkDifference } from './port.js';
import type { WorkSession } from './session.js';
import type { Attempt, PreparedStep, StepState, WriteContext } from './step.js';

interface CommandTemplate {
  readonly command: Template;
  readonly status: readonly string[];
  readonly response: Template | undefined;
}

/** A script, taken apart once. */
export interface ScriptPlan {
  readonly step: ApduStep;
  readonly commands: readonly CommandTemplate[];
  readonly verify: readonly CommandTemplate[];
}

export function planScript(step: ApduStep): ScriptPlan {
  const compile = (commands: ApduStep['commands']): CommandTemplate[] =>
    commands.map(({ command, status, response }) => ({
      command: compileTemplate(command),
      status,
      response: response === undefined ? undefined : compileTemplate(response),
    }));
  return { step, commands: compile(step.commands), verify: compile(step.verify) };
}

interface Command {
  readonly apdu: CommandApdu;
  readonly status: readonly string[];
  readonly response?: Uint8Array;
  /** For messages: nothing of its data. */
  readonly name: string;
}

export class ApduWork implements PreparedStep {
  readonly name: string;
  readonly isCritical: boolean;
  readonly runsOnce: boolean;
  readonly tellsRecord = false;
  readonly #commands: readonly Command[];
  readonly #verify: readonly Command[];

  /** @throws DataError `DATA_APDU`, `DATA_HEX`, `DATA_TEMPLATE` */
  constructor(plan: ScriptPlan, values: Values) {
    this.name = plan.step.name;
    this.isCritical = this.runsOnce = !plan.step.repeatable;
    const fill = (commands: readonly CommandTemplate[], part: string): Command[] =>
      commands.map((template, index) => commandOf(template, values, `${this.name}, ${part} ${index + 1}`));
    this.#commands = fill(plan.commands, 'command');
    this.#verify = fill(plan.verify, 'verify');
  }

  async survey(_session: WorkSession, attempt: Attempt): Promise<StepState> {
    if (attempt === 'passed') return 'done';
    return this.isCritical && attempt === 'not-begun' ? 'nothing' : 'unknown';
  }

  async write(session: WorkSession, context: WriteContext): Promise<void> {
    if (this.isCritical && context.attempt === 'passed') return;
    if (this.isCritical) await context.critical(false);
    await session.presentAdm();
    try {
      for (const command of this.#commands) {
        const wrong = await exchange(session, command);
        if (wrong !== undefined) throw wrong.error;
      }
    } finally {
      session.disturb();
    }
  }

  async verify(session: WorkSession): Promise<WorkDifference[]> {
    if (this.#verify.length === 0) return [];
    const differences: WorkDifference[] = [];
    await session.card();
    try {
      for (const [index, command] of this.#verify.entries()) {
        const wrong = await exchange(session, command, (octets) =>
          session.reads.add(`script ${this.name} #${index + 1}`, octets),
        );
        if (wrong) differences.push({ step: this.name, where: command.name, message: wrong.error.message });
      }
    } finally {
      session.disturb();
    }
    return differences;
  }

  wipe(): void {
    for (const { apdu, response } of [...this.#commands, ...this.#verify]) {
      apdu.data?.fill(0);
      response?.fill(0);
    }
  }
}

function commandOf({ command, status, response }: CommandTemplate, values: Values, where: string): Command {
  try {
    const apdu = decodeCommand(fromHex(command.render(values)));
    return {
      apdu,
      status,
      ...(response === undefined ? {} : { response: fromHex(response.render(values)) }),
      name: `${where} (INS ${hex8(apdu.ins)})`,
    };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.code as 'DATA_APDU', `step ${where}: ${error.message}`, {
      details: error.details,
    });
  }
}

async function exchange(
  session: WorkSession,
  { apdu, status, response, name }: Command,
  onAnswer?: (octets: Uint8Array) => void,
): Promise<{ readonly error: SimbootError } | undefined> {
  const answer = await session.tap.processor.send(apdu);
  const sw = hex16(answer.sw);
  onAnswer?.(Uint8Array.from([...answer.data, answer.sw >> 8, answer.sw & 0xff]));
  if (!status.some((pattern) => matches(pattern, sw))) {
    const { meaning } = explainStatus(answer.sw);
    const message = `${name}: the card answers ${sw} (${meaning}) where ${status.join(' or ')} is expected`;
    return { error: new CardError('CARD_STATUS', message, { details: { sw } }) };
  }
  if (response === undefined || equal(response, answer.data)) return undefined;
  const message = `${name}: the answer of ${answer.data.length} octets is not the expected one of ${response.length}`;
  return { error: new CardError('CARD_RESPONSE', message, { details: { sw } }) };
}

function matches(pattern: string, sw: string): boolean {
  const wanted = pattern.toUpperCase();
  return wanted.length === sw.length && [...wanted].every((digit, at) => digit === '.' || digit === sw[at]);
}
