/** The one error root. A message says what is wrong and where; `next` says what to do. */

/** Who must act: the caller, the author of the data, the keeper of reader or network, the card's issuer, the key holder. */
export type ErrorKind = 'usage' | 'data' | 'reader' | 'card' | 'network' | 'security' | 'verification';

/** One entry of the catalogue: what the code means in general, and the usual next step. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly next: string;
}

/** Facts about one failure, safe to print: never a key, a PIN or a document. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ErrorOptions {
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
  /** Replaces the catalogue's next step where this failure allows a better one. */
  readonly next?: string;
}

/**
 * Root of every error that simboot throws on purpose.
 *
 * `code` is stable for scripts; `kind` decides the exit code; `details` are safe to log.
 */
export abstract class SimbootError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly details: ErrorDetails;
  readonly next: string;

  protected constructor(code: string, entry: CatalogueEntry, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.next = options.next ?? entry.next;
  }

  toJSON(): { code: string; kind: ErrorKind; message: string; next: string; details: ErrorDetails } {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      next: this.next,
      details: this.details,
    };
  }
}
