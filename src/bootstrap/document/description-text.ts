/** A bootstrap description in YAML or JSON: every mistake with its line and column. */
import { DataError, type DataErrorCode } from '../../errors/index.js';
import { type PathMistake, pathMistakes, pathText, readYaml } from '../../yaml/index.js';
import { DESCRIPTION_SCHEMA, type DescriptionText } from './description-schema.js';

const MAX_OCTETS = 256 * 1024;

/** A checked description whose secrets and files are still references, and where each entry stands. */
export interface LocatedDescription {
  readonly text: DescriptionText;
  /** `line 3, column 5` of an entry. */
  place(path: readonly PropertyKey[]): string;
}

/**
 * @throws DataError `DATA_UTF8`, `DATA_LIMIT`, `DATA_DESCRIPTION`, `DATA_DESCRIPTION_CONTRADICTION`
 */
export function parseDescription(bytes: Uint8Array): LocatedDescription {
  const yaml = readYaml(bytes, { what: 'the description', maxOctets: MAX_OCTETS });
  const place = (path: readonly PropertyKey[]) => {
    const { line, column } = yaml.place(path);
    return `line ${line}, column ${column}`;
  };
  const [broken] = yaml.mistakes;
  if (broken !== undefined) {
    const { message, line, column } = broken;
    if (line === undefined) throw new DataError('DATA_DESCRIPTION', message);
    fail('DATA_DESCRIPTION', message, `line ${line}, column ${column}`);
  }
  const result = DESCRIPTION_SCHEMA.safeParse(yaml.value);
  if (!result.success) {
    const [{ path, message }] = pathMistakes(result.error.issues) as [PathMistake];
    fail('DATA_DESCRIPTION', message, place(path), pathText(path));
  }
  const text = result.data;
  const [wrong] = contradictions(text);
  if (wrong !== undefined) fail(wrong.code, wrong.message, place(wrong.at), pathText(wrong.path));
  return { text, place };
}

function fail(code: DataErrorCode, message: string, where: string, path = ''): never {
  throw new DataError(code, `${path === '' ? '' : `${path}: `}${message} (${where})`, {
    details: { where, ...(path === '' ? {} : { path }) },
  });
}

/**
 * What is wrong in a description that is there as values already: unknown and wrong entries, and contradictions.
 *
 * @example descriptionMistakes({ account: [] }).map(({ path }) => path) // → [['account']]
 */
export function descriptionMistakes(value: unknown): PathMistake[] {
  const result = DESCRIPTION_SCHEMA.safeParse(value);
  if (!result.success) return pathMistakes(result.error.issues);
  return contradictions(result.data).map(({ at, message }) => ({ path: at, message }));
}

interface Contradiction extends PathMistake {
  readonly code: DataErrorCode;
  /** The entry to take out or complete. */
  readonly at: readonly PropertyKey[];
}

function contradictions({ accounts = [] }: DescriptionText): Contradiction[] {
  return accounts.flatMap((account, index) =>
    (['bootstrap', 'trsp'] as const).flatMap((name): Contradiction[] => {
      const security = account[name];
      if (security === undefined) return [];
      const path = ['accounts', index, name];
      if (security.psk !== undefined && security.x509 !== undefined) {
        const message = 'psk and x509 exclude each other';
        return [{ code: 'DATA_DESCRIPTION_CONTRADICTION', path, at: [...path, 'x509'], message }];
      }
      if (security.psk !== undefined || security.x509 !== undefined) return [];
      return [{ code: 'DATA_DESCRIPTION', path, at: path, message: 'psk or x509 is missing' }];
    }),
  );
}
