/** Texts with fields in them: `${name}` stands for the value of a field, `$${` for a plain `${`. */
import { DataError } from '../../errors/index.js';

/** A template taken apart once, for a million records. */
export interface Template {
  /** Names of the fields, each once, in the order in which they come. */
  readonly fields: readonly string[];
  /**
   * The text with the values in it.
   *
   * @throws DataError `DATA_TEMPLATE` for a field that has no value
   */
  render(values: Readonly<Record<string, string>>): string;
}

/** What a field may be called. */
export const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const FIELD = /\$\$\{|\$\{([^}]*)(\}?)/g;

/**
 * Takes a template apart.
 *
 * @throws DataError `DATA_TEMPLATE` for `${` without an end and for what is no name of a field. The message never quotes
 *   the text around it.
 * @example
 * compileTemplate('89${iccid}-$${x}').fields // → ['iccid']
 * compileTemplate('89${iccid}-$${x}').render({ iccid: '49' }) // → '8949-${x}'
 * compileTemplate('${') // throws DATA_TEMPLATE
 */
export function compileTemplate(text: string): Template {
  const literals: string[] = [];
  const names: string[] = [];
  let literal = '';
  let from = 0;
  for (const match of text.matchAll(FIELD)) {
    literal += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[0] === '$${') {
      literal += '${';
      continue;
    }
    names.push(nameOf(match));
    literals.push(literal);
    literal = '';
  }
  const last = literal + text.slice(from);
  return { fields: [...new Set(names)], render: renderer(literals, names, last) };
}

function nameOf([, inside = '', end]: RegExpExecArray): string {
  if (end === '') throw new DataError('DATA_TEMPLATE', 'a field begins with ${ but has no } after it');
  if (FIELD_NAME.test(inside)) return inside;
  throw new DataError('DATA_TEMPLATE', 'between ${ and } stands no name of a field', {
    next: 'A name is a letter, then letters, digits, dots, hyphens and underscores. Write $${ for a plain ${.',
  });
}

function renderer(literals: readonly string[], names: readonly string[], last: string): Template['render'] {
  if (names.length === 0) return () => last;
  return (values) => {
    let out = '';
    for (let i = 0; i < names.length; i++) out += literals[i]! + fieldValue(values, names[i]!);
    return out + last;
  };
}

function fieldValue(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  // Names such as `constructor` find a function of every object.
  if (typeof value === 'string') return value;
  throw new DataError('DATA_TEMPLATE', `field ${name} has no value`, {
    next: 'Give the record a value for it, or take the field out of the job file.',
    details: { field: name },
  });
}

/** Whether a text has a field in it, or an escaped `$${`. */
export function isTemplate(text: string): boolean {
  return text.includes('${');
}
