/** From the steps of a job file to their meaning. */
import { hex8 } from '../../bytes/index.js';
import type { JsonValue } from '../../mo/index.js';
import { fileMistakes } from '../codecs/file-value.js';
import type { JobContext, Path } from './context.js';
import { keyTemplate, octetOf } from './read-keys.js';
import { listOf } from './read-records.js';
import type { JobText } from './schema.js';
import {
  type ApduText,
  type BootstrapText,
  type CommandText,
  type FileText,
  KNOWN_FILE_NAMES,
  KNOWN_FILES,
  type KnownFile,
  type KnownFileText,
  type PinText,
  type RotateKeysText,
} from './step-schema.js';
import type { ApduStep, BootstrapStep, FileStep, JobKeys, PinStep, RotateKeysStep, Step } from './types.js';

const PIN1 = 0x01;

/** Bootstrap descriptions by the index of their step, with the files that they refer to. */
export type Descriptions = ReadonlyMap<number, Pick<BootstrapStep, 'description' | 'files'>>;

export function readSteps(
  job: JobText,
  descriptions: Descriptions,
  keys: JobKeys,
  context: JobContext,
): readonly Step[] {
  const names = new StepNames(context);
  const steps = job.steps.map((text, index): Step => {
    const path = ['steps', index];
    if ('bootstrap' in text) {
      const name = names.of(text.name, 'bootstrap', path);
      return bootstrapStep(name, text as BootstrapText, descriptions.get(index));
    }
    if ('pin' in text) {
      const pin = text as PinText;
      return pinStep(names.of(text.name, `pin ${hex8(octetOf(pin.pin))}`, path), pin, keys, path, context);
    }
    if ('rotateKeys' in text) {
      return rotateKeysStep(
        names.of(text.name, 'rotate keys', path),
        text as RotateKeysText,
        keys,
        path,
        context,
      );
    }
    if ('apdu' in text) return apduStep(names.of(text.name, 'apdu', path), text as ApduText, path, context);
    if ('file' in text) {
      const file = text as FileText;
      return fileStep(names.of(text.name, file.file.toUpperCase(), path), file, path, context);
    }
    return knownFileStep(text as KnownFileText, job.card?.mode === '2g', names, path, context);
  });
  if (steps.filter(({ kind }) => kind === 'bootstrap').length > 1) {
    context.add(['steps'], 'a card has one bootstrap document, so a job has one bootstrap step');
  }
  return steps;
}

/** Names that the journal and the statistics use: given ones are unique, others are numbered where they meet. */
class StepNames {
  private readonly taken = new Set<string>();

  constructor(private readonly context: JobContext) {}

  of(given: string | undefined, otherwise: string, path: Path): string {
    if (given !== undefined && this.taken.has(given)) {
      this.context.add([...path, 'name'], 'an earlier step has that name');
    }
    let name = given ?? otherwise;
    for (let count = 2; given === undefined && this.taken.has(name); count++)
      name = `${otherwise} (${count})`;
    this.taken.add(name);
    return name;
  }
}

function bootstrapStep(
  name: string,
  { label }: BootstrapText,
  description: Pick<BootstrapStep, 'description' | 'files'> | undefined,
): BootstrapStep {
  const { files, description: json = {} } = description ?? {};
  return {
    kind: 'bootstrap',
    name,
    description: json,
    ...(files === undefined ? {} : { files }),
    ...(label === undefined ? {} : { label }),
  };
}

function fileStep(name: string, text: FileText, path: Path, context: JobContext): FileStep {
  const place = text.file.toUpperCase();
  const codec = text.codec ?? codecAt(place);
  const { offset, record, writeOnly } = text;
  if (offset !== undefined && codec !== 'raw') {
    context.add([...path, 'offset'], `a file that is written whole by the codec ${codec} has no offset`);
  }
  if (offset !== undefined && record !== undefined) {
    context.add([...path, 'offset'], 'a record is written whole: record and offset exclude each other');
  }
  const isKey = writeOnly === true;
  checkValue(text.value, [...path, 'value'], context, isKey);
  return judged(
    {
      kind: 'file',
      name,
      path: place,
      codec,
      value: text.value as JsonValue,
      ...recordOf(codec, record),
      ...(offset === undefined ? {} : { offset }),
      writeOnly: writeOnly ?? false,
    },
    [...path, 'value'],
    context,
  );
}

/** Parameters of short messages are records, also where none is named. */
function recordOf(codec: FileStep['codec'], given: number | undefined): Pick<FileStep, 'record'> {
  const record = given ?? (codec === 'smsp' ? 1 : undefined);
  return record === undefined ? {} : { record };
}

function judged(step: FileStep, path: Path, context: JobContext): FileStep {
  for (const { path: below, message } of fileMistakes(step)) context.add([...path, ...below], message);
  return step;
}

/** The codec that belongs to a place; octets everywhere else. */
function codecAt(place: string): FileStep['codec'] {
  const found = KNOWN_FILE_NAMES.find((name) =>
    [KNOWN_FILES[name].usim, KNOWN_FILES[name].sim].includes(place as never),
  );
  return found === undefined ? 'raw' : KNOWN_FILES[found].codec;
}

function knownFileStep(
  text: KnownFileText,
  isSim: boolean,
  names: StepNames,
  path: Path,
  context: JobContext,
): FileStep {
  const known = KNOWN_FILE_NAMES.find((each) => Object.hasOwn(text, each)) as KnownFile;
  const value = text[known] as JsonValue;
  const { usim, sim, codec } = KNOWN_FILES[known];
  checkValue(value, [...path, known], context, false);
  const step: FileStep = {
    kind: 'file',
    name: names.of(text.name, known, path),
    path: (text.path ?? (isSim ? sim : usim)).toUpperCase(),
    codec,
    value,
    ...recordOf(codec, text.record),
    writeOnly: false,
  };
  return judged(step, [...path, known], context);
}

/** Fields in the texts of a value, and of what is in it. */
function checkValue(value: unknown, path: Path, context: JobContext, isKey: boolean): void {
  if (typeof value === 'string') context.template(value, path, { isKey });
  else if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) checkValue(each, [...path, index], context, isKey);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) checkValue(each, [...path, name], context, isKey);
  }
}

function pinStep(name: string, text: PinText, keys: JobKeys, path: Path, context: JobContext): PinStep {
  const reference = octetOf(text.pin);
  const current = text.current ?? currentValue(reference, keys);
  if (current === undefined) {
    context.add(path, 'current is missing: which value does the card have now?');
  }
  if (text.current !== undefined) keyTemplate(text.current, [...path, 'current'], context);
  keyTemplate(text.value, [...path, 'value'], context);
  if (reference === 0 || (reference & 0x60) !== 0) {
    context.add([...path, 'pin'], 'a key reference is 01 to 1F or 81 to 9F (TS 102 221 §9.5.1)');
  }
  return {
    kind: 'pin',
    name,
    reference,
    current: current ?? '',
    value: text.value,
    ...(text.enabled === undefined ? {} : { enabled: text.enabled }),
  };
}

function currentValue(reference: number, { adm, pin }: JobKeys): string | undefined {
  if (reference === adm?.reference) return adm.value;
  return reference === PIN1 ? pin?.value : undefined;
}

function rotateKeysStep(
  name: string,
  { rotateKeys }: RotateKeysText,
  keys: JobKeys,
  path: Path,
  context: JobContext,
): RotateKeysStep {
  const { aid, keyVersion, next } = rotateKeys;
  const version = octetOf(keyVersion);
  if (keys.scp03 === undefined) context.add(path, 'keys are changed through SCP03: keys.scp03 is missing');
  if (version < 1 || version > 0x7f) {
    context.add([...path, 'rotateKeys', 'keyVersion'], 'a key version is 01 to 7F (GPC 2.3.1 §11.8.2.1)');
  }
  return {
    kind: 'rotate-keys',
    name,
    ...(aid === undefined ? {} : { aid: aid.toUpperCase() }),
    keyVersion: version,
    next: nextKeys(next ?? 'drawn'),
  };
}

function nextKeys(next: NonNullable<RotateKeysText['rotateKeys']['next']>): RotateKeysStep['next'] {
  if (next === 'drawn') return { kind: 'drawn', length: 16 };
  if ('drawn' in next) return { kind: 'drawn', length: next.drawn as 16 | 24 | 32 };
  return { kind: 'diversified', keySet: next.keySet, method: next.method };
}

function apduStep(name: string, text: ApduText, path: Path, context: JobContext): ApduStep {
  return {
    kind: 'apdu',
    name,
    commands: readCommands(text.apdu, [...path, 'apdu'], context),
    verify: readCommands(text.verify, [...path, 'verify'], context),
    repeatable: text.repeatable ?? false,
  };
}

function readCommands(
  given: ApduText['apdu'] | undefined,
  path: Path,
  context: JobContext,
): ApduStep['commands'] {
  return listOf<CommandText>(given as CommandText | CommandText[] | undefined).map((each, index) => {
    const at = Array.isArray(given) ? [...path, index] : path;
    const { command, status, response } = typeof each === 'string' ? { command: each } : each;
    checkHex(command, typeof each === 'string' ? at : [...at, 'command'], 4, context);
    if (response !== undefined) checkHex(response, [...at, 'response'], 0, context);
    return {
      command: compact(command),
      status: status === undefined ? ['9000'] : listOf(status).map((each) => each.toUpperCase()),
      ...(response === undefined ? {} : { response: compact(response) }),
    };
  });
}

function compact(hex: string): string {
  return hex.replace(/[\s:]+/g, '');
}

/** Hex digits, white space between them, and fields, of which nobody knows the length here. */
function checkHex(text: string, path: Path, least: number, context: JobContext): void {
  const fields = context.template(text, path);
  const digits = compact(text).replace(/\$\{[^}]*\}/g, '');
  if (!/^[0-9A-Fa-f]*$/.test(digits)) context.add(path, 'hexadecimal digits and fields are required here');
  else if (fields.length > 0) return;
  else if (digits.length % 2 !== 0) context.add(path, 'there is half an octet: the number of digits is odd');
  else if (digits.length < least * 2) context.add(path, `a command has at least ${least} octets`);
}
