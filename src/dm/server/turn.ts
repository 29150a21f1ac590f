/** One step of the core while it is made: the state as it becomes, and what is to be done. */
import { toHex } from '../../bytes/index.js';
import type { AccountRecord, CommandRecord, JobRecord } from './records.js';
import { applyWrite, type DraftState, pruneDraft } from './state.js';
import type { DeviceState, ServerAction, ServerEnvironment, ServerResponse } from './types.js';
import type { StoreWrite } from './writes.js';

/** What a step gives: the state as the store has it once the writes are done, and the actions in their order. */
export interface Next {
  readonly state: DeviceState;
  readonly actions: readonly ServerAction[];
}

/** An HTTP response of the core. */
export function respond(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body?: Uint8Array,
): ServerResponse {
  return { status, headers, ...(body === undefined ? {} : { body }) };
}

export class Turn {
  readonly now: number;
  readonly actions: ServerAction[] = [];
  #draft: DraftState;
  readonly #before: DeviceState;

  constructor(
    before: DeviceState,
    readonly env: ServerEnvironment,
  ) {
    this.#before = before;
    this.#draft = { ...before };
    this.now = env.clock().getTime();
  }

  /** As it is now: every write changes it. */
  get state(): DeviceState {
    return this.#draft;
  }

  write(write: StoreWrite): void {
    applyWrite(this.#draft, write);
    this.actions.push({ type: 'write', write });
  }

  act(action: Exclude<ServerAction, { type: 'write' }>): void {
    this.actions.push(action);
  }

  note(code: string, message: string): void {
    this.actions.push({ type: 'note', code, message });
  }

  /** The account that the device turned out to have. */
  attach(account: AccountRecord): void {
    this.#draft.account = account;
  }

  command(record: CommandRecord): CommandRecord {
    this.write({ type: 'command', record });
    return record;
  }

  job(record: JobRecord): JobRecord {
    const changed = { ...record, updatedAt: this.now };
    this.write({ type: 'job', record: changed });
    return changed;
  }

  /** A place to go back to with `undo`. */
  mark(): { readonly state: DeviceState; readonly actions: number } {
    return { state: { ...this.#draft }, actions: this.actions.length };
  }

  undo({ state, actions }: ReturnType<Turn['mark']>): void {
    this.#draft = { ...state };
    this.actions.length = actions;
  }

  commandsOf(jobId: string): readonly CommandRecord[] {
    return this.state.commands.filter((command) => command.jobId === jobId);
  }

  commandById(commandId: string): CommandRecord | undefined {
    return this.state.commands.find((command) => command.commandId === commandId);
  }

  /** 128 bits in hex. */
  identifier(): string {
    return toHex(this.env.random(16));
  }

  /** 192 bits in base64url: 32 characters that nobody guesses. */
  token(): string {
    return Buffer.from(this.env.random(24)).toString('base64url');
  }

  done(): Next {
    if (!this.actions.some(({ type }) => type === 'write'))
      return { state: this.#before, actions: this.actions };
    pruneDraft(this.#draft);
    this.#draft.revision += 1;
    return { state: this.#draft, actions: this.actions };
  }
}
