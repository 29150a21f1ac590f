/** From the value of a file step and a record to the octets of the EF. */
import { z } from 'zod';
import { fromHex, padEnd } from '../../bytes/index.js';
import { DataError, SimbootError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';
import { type PathMistake, pathText } from '../../yaml/index.js';
import { schemaMistakes } from '../job/mistakes.js';
import { entries } from '../job/scalars.js';
import { compileTemplate } from '../job/template.js';
import type { FileStep } from '../job/types.js';
import { EF_ACC } from './acc.js';
import { type EfCodec, refuse } from './ef-codec.js';
import { EF_ICCID, EF_IMSI } from './numbers.js';
import { EF_PLMN, EF_PLMN_ACT } from './plmn.js';
import { EF_SMSP } from './smsp.js';
import { EF_SPN } from './spn.js';

/** Codecs by the names that a job uses; `raw` has none. */
export const EF_CODECS: Readonly<Record<Exclude<FileStep['codec'], 'raw'>, EfCodec<unknown>>> = {
  iccid: EF_ICCID as EfCodec<unknown>,
  imsi: EF_IMSI as EfCodec<unknown>,
  spn: EF_SPN as EfCodec<unknown>,
  acc: EF_ACC as EfCodec<unknown>,
  plmn: EF_PLMN as EfCodec<unknown>,
  'plmn-act': EF_PLMN_ACT as EfCodec<unknown>,
  smsp: EF_SMSP as EfCodec<unknown>,
};

/** The value of a step, taken apart once. */
export interface CompiledFile {
  readonly fields: readonly string[];
  /**
   * The octets to write.
   *
   * @param size octets of the file, or of one of its records; what is longer is refused, and what is shorter is filled up
   *   with FF, but for `raw` octets of a transparent file, which are written as they are. Not judged if absent.
   * @throws DataError `DATA_FILE_VALUE`, `DATA_TEMPLATE`; never with the value in it
   */
  encode(values: Readonly<Record<string, string>>, size?: number): Uint8Array;
}

/**
 * Prepares the value of a file step for many records.
 *
 * @throws DataError `DATA_TEMPLATE`
 * @example
 * const file = compileFile({ name: 'imsi', codec: 'imsi', value: '00101${msin}' });
 * file.fields // → ['msin']
 * toHex(file.encode({ msin: '0123456789' }, 9)) // → '080910101032547698'
 */
export function compileFile(
  step: Pick<FileStep, 'name' | 'codec' | 'value' | 'offset' | 'record'>,
): CompiledFile {
  const fields = new Set<string>();
  const render = compileJson(step.value, fields);
  const octetsOf = step.codec === 'raw' ? rawOctets(step) : codecOctets(EF_CODECS[step.codec]);
  return {
    fields: [...fields],
    encode(values, size) {
      const input = render(values);
      try {
        return octetsOf(input, size);
      } catch (error) {
        if (!(error instanceof SimbootError)) throw error;
        throw new DataError('DATA_FILE_VALUE', `step ${step.name}: ${error.message}`, {
          details: { step: step.name, ...error.details },
        });
      }
    },
  };
}

type Render = (values: Readonly<Record<string, string>>) => JsonValue;

function compileJson(value: JsonValue, fields: Set<string>): Render {
  if (typeof value === 'string') {
    const template = compileTemplate(value);
    for (const name of template.fields) fields.add(name);
    return template.render;
  }
  if (typeof value !== 'object' || value === null) return () => value;
  if (Array.isArray(value)) {
    const items = value.map((each) => compileJson(each, fields));
    return (values) => items.map((render) => render(values));
  }
  const members = Object.entries(value).map(([name, each]) => [name, compileJson(each, fields)] as const);
  return (values) => Object.fromEntries(members.map(([name, render]) => [name, render(values)]));
}

type Octets = (input: JsonValue, size: number | undefined) => Uint8Array;

function codecOctets(codec: EfCodec<unknown>): Octets {
  return (input, size) => {
    const [wrong] = inputMistakes(codec, input);
    if (wrong !== undefined) {
      refuse(codec.clause, `${wrong.path.length === 0 ? '' : `${pathText(wrong.path)}: `}${wrong.message}`);
    }
    const value = codec.fromInput(input as never);
    const octets =
      size === undefined || codec.encodeSized === undefined
        ? codec.encode(value)
        : codec.encodeSized(value, size);
    if (size === undefined) return octets;
    if (octets.length > size) {
      refuse(codec.clause, `the content has ${octets.length} octets, and the file of the card ${size}`);
    }
    return codec.pad === undefined ? padEnd(octets, size, 0xff) : codec.pad(octets, size);
  };
}

function inputMistakes(codec: EfCodec<unknown>, input: unknown): PathMistake[] {
  const result = codec.input.safeParse(input);
  return result.success ? [] : schemaMistakes(result.error.issues, input);
}

const RAW = z.union(
  [
    z.string(),
    entries({
      hex: z.string(),
      fill: z.string().regex(/^[0-9A-Fa-f]{2}$/, 'fill is two hexadecimal digits in quotes'),
    }),
  ],
  {
    error: 'hexadecimal digits in quotes, or {hex, fill}, are required here',
  },
);

function rawOctets({ offset = 0, record }: Pick<FileStep, 'offset' | 'record'>): Octets {
  return (input, size) => {
    const result = RAW.safeParse(input);
    if (!result.success) refuse('raw octets', schemaMistakes(result.error.issues, input)[0]!.message);
    const { hex, fill } =
      typeof result.data === 'string' ? { hex: result.data, fill: undefined } : result.data;
    const digits = hex.replace(/[\s:]+/g, '');
    if (!/^(?:[0-9A-Fa-f]{2})*$/.test(digits)) {
      refuse(
        'raw octets',
        `an even number of hexadecimal digits is required, not these ${digits.length} characters`,
      );
    }
    const octets = fromHex(digits);
    if (size === undefined) return octets;
    if (offset + octets.length > size) {
      const from = offset === 0 ? '' : ` from octet ${offset}`;
      refuse(
        'raw octets',
        `${octets.length} octets${from} do not fit into the ${size} octets of the card's file`,
      );
    }
    const filler = fill === undefined ? undefined : Number.parseInt(fill, 16);
    // A record is written whole, whatever is in it.
    if (filler === undefined && record === undefined) return octets;
    return padEnd(octets, size - offset, filler ?? 0xff);
  };
}

/**
 * What is wrong with the value of a step before any record is there: the whole of it where it has no fields, else its
 * form.
 */
export function fileMistakes(
  step: Pick<FileStep, 'name' | 'codec' | 'value' | 'offset' | 'record'>,
): PathMistake[] {
  try {
    const { fields, encode } = compileFile(step);
    if (step.codec !== 'raw') {
      const codec = EF_CODECS[step.codec];
      const mistakes = inputMistakes(codec, step.value);
      // A text with fields may be any text.
      const real = mistakes.filter(({ path }) => !hasField(step.value, path));
      if (real.length > 0) return real;
    }
    if (fields.length === 0) encode({});
    return [];
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    if (error.code === 'DATA_TEMPLATE') return [];
    return [{ path: [], message: error.message.replace(`step ${step.name}: `, '') }];
  }
}

function hasField(value: unknown, path: readonly PropertyKey[]): boolean {
  const at = path.reduce<unknown>(
    (each, step) => (each as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  return typeof at === 'string' && at.includes('${');
}
