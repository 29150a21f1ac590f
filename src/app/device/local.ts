/** Questions of local applications to the client core, and its answers (DM 2.0 §10, §5.3.10). */
import type { ClientAction, ClientEvent } from '../../dm/index.js';
import type { LocalAnswer } from './types.js';

type LocalAction = Extract<ClientAction, { type: 'local-answer' }>;

export class LocalQuestions {
  readonly #waiting = new Map<string, (answer: LocalAnswer) => void>();
  #lastId = 0;

  constructor(private readonly post: (event: ClientEvent) => void) {}

  /** Posts the event made of a fresh id; resolves when the core answers that id. */
  ask(eventOf: (id: string) => ClientEvent): Promise<LocalAnswer> {
    const id = `local-${++this.#lastId}`;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.post(eventOf(id));
    });
  }

  /** Gives an answer to whoever asked. */
  answer({ id, status, objects, uris }: LocalAction): void {
    this.#waiting.get(id)?.({
      status,
      ...(objects === undefined ? {} : { objects }),
      ...(uris === undefined ? {} : { uris }),
    });
    this.#waiting.delete(id);
  }
}
