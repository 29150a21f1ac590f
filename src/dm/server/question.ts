/** A question that SHOW puts to the user, and what the user may answer (DM 2.0 §5.3.7). */

/** Texts are plain; nothing in them is read as HTML. */
export type Question = {
  /** Heading and title of the page. */
  readonly title: string;
  readonly text: string;
  /** Language of the texts (RFC 5646); `en` unless told. */
  readonly lang?: string;
} & (
  | { readonly kind: 'confirm'; readonly yes?: string; readonly no?: string }
  | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
  | {
      readonly kind: 'choices';
      readonly choices: readonly Choice[];
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly kind: 'text'; readonly maxLength?: number; readonly optional?: boolean }
);

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** `confirm`: boolean; `choice`, `text`: string; `choices`: strings. */
export type Answer = boolean | string | readonly string[];
