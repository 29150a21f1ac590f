/** What is known of a job while it is read: its fields, and the mistakes so far. */
import { SimbootError } from '../../errors/index.js';
import { closest, type LocatedYaml, type PathMistake, pathText } from '../../yaml/index.js';
import type { JobMistake } from './mistakes.js';
import { compileTemplate } from './template.js';

export type Path = readonly PropertyKey[];

/** A file being read, with its mistakes. */
export class MistakeList {
  readonly mistakes: JobMistake[] = [];

  constructor(
    readonly fileName: string,
    private readonly yaml: LocatedYaml,
  ) {}

  add(path: Path, message: string): void {
    this.mistakes.push({ file: this.fileName, path: pathText(path), message, ...this.yaml.place(path) });
  }

  addAll(mistakes: readonly PathMistake[]): void {
    for (const { path, message } of mistakes) this.add(path, message);
  }
}

/** Fields by name, and what they are. */
export type FieldType = 'text' | 'digits' | 'hex' | 'iccid' | 'imsi' | 'eid';

export class JobContext {
  /** Columns and drawn values. */
  readonly fields = new Map<string, FieldType>();
  /** Fields that serve as a key or PIN. */
  readonly keys = new Set<string>();

  constructor(readonly list: MistakeList) {}

  add(path: Path, message: string): void {
    this.list.add(path, message);
  }

  /**
   * A template whose fields are all there.
   *
   * @param more names that exist in this place besides
   * @returns its fields
   */
  template(text: string, path: Path, options: TemplateOptions = {}): readonly string[] {
    const { list = this.list, more = [], only = false } = options;
    const fields = fieldsIn(text, path, list);
    for (const name of fields) {
      if (more.includes(name) || (!only && this.fields.has(name))) {
        if (options.isKey === true) this.keys.add(name);
        continue;
      }
      const known = only ? more : [...this.fields.keys(), ...more];
      list.add(path, unknownField(name, known));
    }
    return fields;
  }
}

interface TemplateOptions {
  readonly more?: readonly string[];
  /** Nothing but `more`. */
  readonly only?: boolean;
  readonly isKey?: boolean;
  readonly list?: MistakeList;
}

function fieldsIn(text: string, path: Path, list: MistakeList): readonly string[] {
  try {
    return compileTemplate(text).fields;
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    list.add(path, error.message);
    return [];
  }
}

export function unknownField(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  const hint = meant === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean ${meant}?`;
  return `no column or drawn value is named ${name}; ${hint}`;
}
