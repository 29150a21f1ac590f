/**
 * Scripts: what the server does with a device. A script is a pure function of what happened so far, so a restart goes
 * on where it was (docs/scripts.md).
 */
import type { JsonValue, SerializedMo } from '../../../mo/index.js';
import type { Mark } from '../../messages.js';
import type { Answer, Question } from '../question.js';

/** Content for HGET and DEFAULT: management objects, or a text for one leaf. */
export type Content =
  | { readonly objects: readonly SerializedMo[] }
  | { readonly text: string; readonly contentType?: string };

/** Content for one network; absent MCC and MNC match every network. */
export type ContentVariant = Content & { readonly mcc?: string; readonly mnc?: string };

/** A command as scripts give it: repository and UI addresses are made by the server. */
export type StepCommand =
  | { readonly command: 'HGET'; readonly content: Content; readonly clientUri?: string }
  | { readonly command: 'HGET'; readonly serverUri: string; readonly clientUri?: string }
  | {
      readonly command: 'HPUT' | 'HPOST';
      readonly clientUris: readonly string[];
      readonly serverUri?: string;
    }
  | {
      readonly command: 'DELETE' | 'GET' | 'UNSUB' | 'SUB';
      readonly clientUri: string;
      readonly serverUri?: string;
    }
  | {
      readonly command: 'EXEC';
      readonly clientUri: string;
      readonly async?: boolean;
      /** Go on only when an accepted EXEC has ended; true unless told. */
      readonly wait?: boolean;
      readonly serverUri?: string;
    }
  | { readonly command: 'SHOW'; readonly question: Question; readonly wait?: boolean }
  | { readonly command: 'SHOW'; readonly serverUri: string }
  | { readonly command: 'CONT'; readonly serverUri: string }
  | { readonly command: 'DEFAULT'; readonly moid: string; readonly documents: readonly ContentVariant[] }
  | { readonly command: 'DEFAULT'; readonly moid: string; readonly serverUri: string };

/** One command of a script. */
export interface Step {
  /** Unique in the script, except that a `for-each` repeats it with another `item`. */
  readonly id: string;
  readonly item?: number;
  readonly command: StepCommand;
  /** May be sent again when nobody knows whether it ran. */
  readonly idempotent?: boolean;
  /** Sent together with END: no status comes back (§5.3.9). */
  readonly final?: boolean;
}

/** What became of a step. */
export interface StepResult {
  readonly id: string;
  readonly item: number;
  /** `in-doubt`: nobody knows whether it ran. */
  readonly outcome: 'answered' | 'in-doubt';
  /** The last word: of an asynchronous EXEC the status of its alert. */
  readonly status?: number;
  readonly uris: readonly string[];
  readonly data: readonly StepData[];
  readonly answer?: Answer;
  /** Data of the alert that ended an asynchronous EXEC. */
  readonly alertData?: JsonValue;
}

/** Data of a GET, HPUT or HPOST: objects where it was `application/dmmo+json`, else text. */
export type StepData =
  | { readonly clientUri: string; readonly moData: SerializedMo['moData'] }
  | { readonly text: string };

/** An alert that came while the job was there. */
export interface AlertSeen {
  readonly alertType: string;
  readonly sourceUri?: string;
  readonly mark: Mark;
  readonly data?: JsonValue;
}

/** Everything a script may decide on. */
export interface ScriptHistory {
  readonly results: readonly StepResult[];
  readonly alerts: readonly AlertSeen[];
}

/** What a script wants now, or that it is through. Steps that have a result already are not sent again. */
export type ScriptDecision =
  | { readonly type: 'steps'; readonly steps: readonly Step[] }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly reason: string; readonly inDoubt?: boolean };

export interface Script {
  readonly name: string;
  /** Pure: the same history gives the same decision. Asked only when every step given so far has its result. */
  next(history: ScriptHistory): ScriptDecision;
}

/** A script as the store keeps it: the data of a YAML script, or the name of a program that the server was started with. */
export type ScriptSource =
  | { readonly kind: 'data'; readonly name: string; readonly text: string }
  | { readonly kind: 'program'; readonly name: string };
