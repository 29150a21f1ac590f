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

const MAX_CHOICES = 100;
const MAX_LABEL = 200;
const MAX_TEXT = 4000;
/** Characters of a text answer unless told. */
export const DEFAULT_ANSWER_LENGTH = 500;

/** What is wrong with a question, or undefined. */
export function checkQuestion(question: Question): string | undefined {
  if (!isText(question.title, MAX_LABEL)) return `the title has 1 to ${MAX_LABEL} characters`;
  if (!isText(question.text, MAX_TEXT)) return `the text has 1 to ${MAX_TEXT} characters`;
  if (question.lang !== undefined && !/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(question.lang)) {
    return 'lang is a language tag such as en or de-AT';
  }
  switch (question.kind) {
    case 'confirm':
      return [question.yes, question.no].every((label) => label === undefined || isText(label, MAX_LABEL))
        ? undefined
        : `yes and no have 1 to ${MAX_LABEL} characters`;
    case 'choice':
      return checkChoices(question.choices);
    case 'choices':
      return (
        checkChoices(question.choices) ?? checkRange(question.choices.length, question.min, question.max)
      );
    case 'text':
      return isCount(question.maxLength, 1, MAX_TEXT) ? undefined : `maxLength is 1 to ${MAX_TEXT}`;
    default:
      return 'kind is confirm, choice, choices or text';
  }
}

function isText(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= most;
}

function isCount(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= least && value <= most);
}

function checkChoices(choices: readonly Choice[]): string | undefined {
  if (!Array.isArray(choices) || choices.length === 0 || choices.length > MAX_CHOICES) {
    return `there are 1 to ${MAX_CHOICES} choices`;
  }
  if (!choices.every(({ value, label }) => isText(value, MAX_LABEL) && isText(label, MAX_LABEL))) {
    return `value and label of a choice have 1 to ${MAX_LABEL} characters`;
  }
  const values = new Set(choices.map(({ value }) => value));
  return values.size === choices.length ? undefined : 'two choices have the same value';
}

function checkRange(count: number, min = 0, max = count): string | undefined {
  const fits = isCount(min, 0, count) && isCount(max, 1, count) && min <= max;
  return fits ? undefined : 'min and max lie between 0 and the number of choices';
}

/**
 * The answer in the fields of a submitted form.
 *
 * @param fields values of the field `answer`, in the order given
 * @returns the answer, or what the user should correct
 */
export function readAnswer(
  question: Question,
  fields: readonly string[],
): { readonly answer: Answer } | { readonly problem: string } {
  switch (question.kind) {
    case 'confirm':
      if (fields.length !== 1 || (fields[0] !== 'yes' && fields[0] !== 'no')) {
        return { problem: 'Please choose one of the two answers.' };
      }
      return { answer: fields[0] === 'yes' };
    case 'choice':
      return fields.length === 1 && question.choices.some(({ value }) => value === fields[0])
        ? { answer: fields[0]! }
        : { problem: 'Please choose one of the answers.' };
    case 'choices':
      return readChoices(question, fields);
    case 'text':
      return readText(question, fields);
  }
}

function readChoices(
  { choices, min = 0, max = choices.length }: Extract<Question, { kind: 'choices' }>,
  fields: readonly string[],
): { readonly answer: Answer } | { readonly problem: string } {
  const chosen = choices.flatMap(({ value }) => (fields.includes(value) ? value : []));
  const genuine = new Set(fields).size === fields.length && chosen.length === fields.length;
  if (genuine && chosen.length >= min && chosen.length <= max) return { answer: chosen };
  return { problem: min === max ? `Please choose ${min}.` : `Please choose ${min} to ${max} answers.` };
}

function readText(
  { maxLength = DEFAULT_ANSWER_LENGTH, optional = false }: Extract<Question, { kind: 'text' }>,
  fields: readonly string[],
): { readonly answer: Answer } | { readonly problem: string } {
  const [text = ''] = fields;
  const length = [...text].length;
  if (fields.length > 1 || length > maxLength) {
    return { problem: `Please answer in at most ${maxLength} characters.` };
  }
  return length === 0 && !optional ? { problem: 'Please write an answer.' } : { answer: text };
}
