/** Values that stand in many places of a job file. */
import { z } from 'zod';
import { FIELD_NAME } from './template.js';

export const MISSING = 'this entry is missing';
const TEXT = 'this must be text; put numbers and true or false in quotes';

export const text = () => z.string({ error: (issue) => (issue.input === undefined ? undefined : TEXT) });
export const filled = () => text().min(1, 'this must not be empty');
/** Text with fields. */
export const template = () =>
  text().describe('Text; ${name} stands for a field of the record or a drawn value');

/** Entries with names; the message of an unknown one lists those that there are. */
export function entries<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

export const whole = (min: number, max: number) => {
  const message = `a whole number from ${min} to ${max} is required here`;
  return z
    .int({ error: (issue) => (issue.input === undefined ? undefined : message) })
    .min(min, message)
    .max(max, message);
};

export const flag = () =>
  z.boolean({ error: (issue) => (issue.input === undefined ? undefined : 'true or false is required here') });

export function word<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, {
    error: (issue) => (issue.input === undefined ? MISSING : `one of ${words.join(', ')} is required here`),
  });
}

const HEX_HINT = 'in quotes where YAML would take it for a number';

/** One octet: `"0A"`; digits up to 9 also without quotes, since they are the same in hexadecimal. */
export const octet = () => {
  const message = `two hexadecimal digits are required here, ${HEX_HINT}: "0A"`;
  const digits = z.string().regex(/^[0-9A-Fa-f]{1,2}$/, message);
  return z.union([z.int().min(0, message).max(9, message), digits], { error: message });
};

const hex = (pattern: RegExp, what: string) => {
  const message = `${what}, ${HEX_HINT}`;
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : message) })
    .regex(pattern, message);
};

export const fileId = () => hex(/^[0-9A-Fa-f]{4}$/, 'a file identifier has four hexadecimal digits');
export const dfPath = () =>
  hex(/^3F00(?:\/[0-9A-Fa-f]{4}){0,6}$/i, 'a path is 3F00 and file identifiers after it, such as 3F00/7F50');
export const efPath = () =>
  hex(
    /^(?:3F00|ADF_USIM)(?:\/[0-9A-Fa-f]{4}){1,6}$/i,
    'a path is 3F00 or ADF_USIM and file identifiers after it, such as 3F00/2FE2 or ADF_USIM/6F07',
  );
export const aid = () => hex(/^(?:[0-9A-Fa-f]{2}){5,16}$/, 'an AID has 5 to 16 octets in hexadecimal digits');
export const atr = () =>
  hex(
    /^(?=.)[0-9A-Fa-f.]{0,66}\*?$/,
    'an ATR has hexadecimal digits, . for any digit, and * at the end for any rest',
  );
export const status = () =>
  hex(/^[0-9A-Fa-f.]{4}$/, 'a status word has four hexadecimal digits, . for any digit');

/** One, or a list. */
export const oneOrMore = <T extends z.ZodType>(each: T) =>
  z.union([each, z.array(each).min(1, 'at least one')], {
    error: (issue) => oneOrMoreMessage(issue.errors),
  });

/** What the form for one said: a list is the same several times. */
function oneOrMoreMessage([one]: readonly (readonly z.core.$ZodIssue[])[] = []): string | undefined {
  return one?.[0]?.message;
}

export const fieldName = () =>
  z
    .string()
    .regex(FIELD_NAME, 'a name is a letter, then up to 63 letters, digits, dots, hyphens and underscores');
