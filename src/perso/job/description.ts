/** The bootstrap description of a job: its texts are templates, its files are read when the job is. */
import { descriptionMistakes } from '../../bootstrap/index.js';
import { SimbootError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';
import { readYaml } from '../../yaml/index.js';
import { type JobContext, MistakeList, type Path } from './context.js';
import { compileTemplate, isTemplate } from './template.js';
import type { BootstrapStep } from './types.js';

const MAX_OCTETS = 256 * 1024;

/** Octets of a file that a job refers to; names are relative to the job file. */
export type FileReader = (name: string) => Promise<Uint8Array>;

/** A description with the octets of what it refers to. */
export type ReadDescription = Pick<BootstrapStep, 'description' | 'files'>;

/** A file that belongs to a job. */
export interface Included {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the description of a bootstrap step: a file by its name, or entries.
 *
 * @param path of the entry in the job file
 * @param included gets every file that is read
 */
export async function readDescriptionStep(
  given: string | Readonly<Record<string, unknown>>,
  path: Path,
  context: JobContext,
  readFile: FileReader,
  included: Included[],
): Promise<ReadDescription> {
  const files = new Files(readFile, included);
  if (typeof given !== 'string') return check(given as JsonValue, path, context.list, context, files, '');
  const bytes = await files.read(given, path, context.list);
  if (bytes === undefined) return { description: {} };
  try {
    const yaml = readYaml(bytes, { what: 'the description', maxOctets: MAX_OCTETS });
    const list = new MistakeList(given, yaml);
    for (const mistake of yaml.mistakes) list.mistakes.push({ file: given, path: '', ...mistake });
    const read =
      yaml.mistakes.length > 0
        ? { description: {} }
        : await check(yaml.value as JsonValue, [], list, context, files, directoryOf(given));
    context.list.mistakes.push(...list.mistakes);
    return read;
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    context.add(path, `${given}: ${error.message}`);
    return { description: {} };
  }
}

/** Each file once, however often it is named. */
class Files {
  constructor(
    private readonly readFile: FileReader,
    private readonly included: Included[],
  ) {}

  async read(name: string, path: Path, list: MistakeList): Promise<Uint8Array | undefined> {
    const known = this.included.find((each) => each.name === name);
    if (known !== undefined) return known.bytes;
    try {
      const bytes = await this.readFile(name);
      this.included.push({ name, bytes });
      return bytes;
    } catch (error) {
      const why = error instanceof SimbootError ? `: ${error.message}` : '';
      list.add(path, `file ${name} cannot be read${why}`);
      return undefined;
    }
  }
}

async function check(
  description: JsonValue,
  path: Path,
  list: MistakeList,
  context: JobContext,
  files: Files,
  directory: string,
): Promise<ReadDescription> {
  const before = list.mistakes.length;
  const sample = sampleOf(description, path, list, context);
  const mistakes = descriptionMistakes(sample);
  list.addAll(mistakes.map(({ path: below, message }) => ({ path: [...path, ...below], message })));
  if (list.mistakes.length > before) return { description };
  const found: Record<string, Uint8Array> = {};
  for (const { name, at } of referencesOf(description)) {
    const where = [...path, ...at];
    if (isTemplate(name)) list.add(where, 'a file is the same for every record: no fields in its name');
    else if (name.startsWith('env:') || name.startsWith('fd:') || name === '-') {
      list.add(where, 'a job takes secrets of fields and files: {hex: "${field}"} or "@file"');
    } else {
      const plain = name.replace(/^@/, '');
      const bytes = await files.read(`${directory}${plain}`, where, list);
      if (bytes !== undefined) found[plain] = bytes;
    }
  }
  return Object.keys(found).length === 0 ? { description } : { description, files: found };
}

/** The description with something for every field, so that its entries can be judged before any record is there. */
function sampleOf(value: JsonValue, path: Path, list: MistakeList, context: JobContext): JsonValue {
  if (typeof value === 'string') return sampleText(value, path, list, context);
  if (Array.isArray(value))
    return value.map((each, index) => sampleOf(each, [...path, index], list, context));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, sampleOf(each, [...path, name], list, context)]),
  );
}

function sampleText(text: string, path: Path, list: MistakeList, context: JobContext): string {
  if (!isTemplate(text)) return text;
  const isHex = path.at(-1) === 'hex';
  const fields = context.template(text, path, { list, isKey: isHex });
  for (const name of fields) {
    const type = context.fields.get(name);
    if (isHex && type !== undefined && type === 'text') {
      list.add(path, `${name} is of type text: octets come of a column of type hex, or of drawn octets`);
    }
  }
  try {
    return compileTemplate(text).render(Object.fromEntries(fields.map((name) => [name, '00'])));
  } catch {
    return text;
  }
}

/** Where the description names secrets and files (docs/bootstrap-description.md). */
function referencesOf(description: JsonValue): { readonly name: string; readonly at: Path }[] {
  const found: { name: string; at: Path }[] = [];
  const visit = (value: JsonValue, at: Path) => {
    if (Array.isArray(value)) for (const [index, each] of value.entries()) visit(each, [...at, index]);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        if (OWN_NODES.has(name)) continue;
        if (typeof each === 'string' && REFERENCES.has(name)) found.push({ name: each, at: [...at, name] });
        else visit(each, [...at, name]);
      }
    }
  };
  const accounts = (description as { readonly accounts?: JsonValue }).accounts;
  if (accounts !== undefined) visit(accounts, ['accounts']);
  return found;
}

const REFERENCES = new Set([
  'key',
  'secret',
  'data',
  'from',
  'certificate',
  'privateKey',
  'serverCertificate',
]);
/** Nodes of vendors, whatever they are called. */
const OWN_NODES = new Set(['ext']);

function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
