/** Writes device descriptions of DM 1.2 and 1.3 (DM 2.0 §6.4), elements in the order of their DTD. */
import { DataError } from '../../errors/index.js';
import {
  type Access,
  type AccessType,
  isUnnamed,
  type MoDefinition,
  type NodeDefinition,
  type Occurrence,
} from '../definition.js';
import { type Annotation, formatAnnotation } from './annotation.js';
import { defaultClause, defaultName } from './read.js';

export interface WriteDdfOptions {
  /** Version of the DTD; 1.3 unless told. */
  readonly version?: '1.2' | '1.3';
  /** Manufacturer of the device. */
  readonly man?: string;
  /** Model of the device. */
  readonly mod?: string;
}

const DTD = {
  '1.2': 'http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd',
  '1.3': 'http://www.openmobilealliance.org/tech/DTD/dm_ddf-v1_3.dtd',
} as const;

/**
 * A DDF file of these MOs. What DDF has no element for stands in processing instructions, so that `readDdf` gives the
 * same definitions back and other readers a valid file.
 *
 * @throws DataError `DATA_DDF` for a text with characters that XML has not
 * @example writeDdf([DEVINFO], { version: '1.2', man: 'Example' }).split('\n')[2] // → '<MgmtTree>'
 */
export function writeDdf(definitions: readonly MoDefinition[], options: WriteDdfOptions = {}): string {
  const version = options.version ?? '1.3';
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF ${version}//EN" "${DTD[version]}">`,
    '<MgmtTree>',
    `  <VerDTD>${version}</VerDTD>`,
    ...text('Man', options.man, '  '),
    ...text('Mod', options.mod, '  '),
    ...definitions.flatMap((definition) => node(definition.root, '  ', definition)),
    '</MgmtTree>',
    '',
  ];
  return lines.join('\n');
}

function node(definition: NodeDefinition, indent: string, mo?: MoDefinition, above?: string): string[] {
  const deeper = `${indent}  `;
  const annotation = annotationOf(definition, mo);
  return [
    `${indent}<Node>`,
    ...(Object.keys(annotation).length === 0 ? [] : [`${deeper}<?simboot ${formatAnnotation(annotation)}?>`]),
    definition.name.startsWith('<')
      ? `${deeper}<NodeName/>`
      : `${deeper}<NodeName>${escapeXml(definition.name)}</NodeName>`,
    ...text('Path', mo?.path, deeper),
    ...properties(definition, deeper, mo?.moid, above),
    ...definition.children.flatMap((child) => node(child, deeper, undefined, definition.caseSense)),
    ...text('Value', definition.initialValue, deeper),
    `${indent}</Node>`,
  ];
}

function properties(
  definition: NodeDefinition,
  indent: string,
  moid: string | undefined,
  above: string | undefined,
): string[] {
  const { access, format, scope, caseSense, mime } = definition;
  const deeper = `${indent}  `;
  const types =
    format === 'node' && (mime === undefined || moid !== undefined)
      ? [moid === undefined ? '<DDFName/>' : `<DDFName>${escapeXml(moid)}</DDFName>`]
      : (mime ?? ['']).map((each) => (each === '' ? '<MIME/>' : `<MIME>${escapeXml(each)}</MIME>`));
  return [
    `${indent}<DFProperties>`,
    `${deeper}<AccessType>${given(access)
      .map((name) => `<${name}/>`)
      .join('')}</AccessType>`,
    ...text('DefaultValue', definition.defaultValue, deeper),
    ...text('Description', definition.description, deeper),
    `${deeper}<DFFormat><${format}/></DFFormat>`,
    `${deeper}<Occurrence>${occurrence(definition)}</Occurrence>`,
    ...(scope === undefined
      ? []
      : [`${deeper}<Scope><${scope === 'permanent' ? 'Permanent' : 'Dynamic'}/></Scope>`]),
    ...text('DFTitle', definition.title, deeper),
    `${deeper}<DFType>${types.join('')}</DFType>`,
    // CIS holds for the nodes below it.
    ...(caseSense === undefined || (caseSense === 'CIS' && above === 'CIS')
      ? []
      : [`${deeper}<CaseSense><${caseSense}/></CaseSense>`]),
    `${indent}</DFProperties>`,
  ];
}

const ORDER: readonly AccessType[] = ['Add', 'Delete', 'Exec', 'Get', 'Replace'];

function given(access: readonly Access[]): AccessType[] {
  return ORDER.filter((type) => access.includes(type));
}

/** An optional node may be missing, whatever its occurrence where it is supported. */
function occurrence(definition: NodeDefinition): string {
  const value: Occurrence = isOptionalOne(definition) ? 'ZeroOrOne' : definition.occurrence;
  const count = /\d+$/.exec(value)?.[0];
  return count === undefined
    ? `<${value}/>`
    : `<${value.replace(count, 'N')}>${count}</${value.replace(count, 'N')}>`;
}

function isOptionalOne({ status, occurrence: value }: NodeDefinition): boolean {
  return status === 'Optional' && value === 'One';
}

function annotationOf(definition: NodeDefinition, mo: MoDefinition | undefined): Annotation {
  const { name, status, access, values, range, aliases, secret, format, children } = definition;
  const never = ORDER.filter((type) => access.includes(`No ${type}`));
  const isOpen = definition.open ?? false;
  const moNotes = mo === undefined ? {} : moAnnotation(mo);
  return {
    ...(status === 'Optional' ? { status } : {}),
    ...(isOptionalOne(definition) ? { occurrence: 'One' as const } : {}),
    ...(isUnnamed(definition) && name.startsWith('<') && name !== '<x>' ? { name } : {}),
    ...(secret ? { secret } : {}),
    ...(isOpen === (format === 'node' && children.length === 0) ? {} : { open: isOpen }),
    ...(never.length === 0 ? {} : { never }),
    ...(values === undefined ? {} : { values }),
    ...(range === undefined ? {} : { range }),
    ...(aliases === undefined ? {} : { aliases }),
    ...(Object.keys(moNotes).length === 0 ? {} : { mo: moNotes }),
  };
}

function moAnnotation({
  moid,
  name,
  clause,
  moidAliases,
  root,
  ddfUrl,
}: MoDefinition): Annotation['mo'] & object {
  return {
    ...(name === defaultName(root, moid) ? {} : { name }),
    ...(clause === defaultClause(moid) ? {} : { clause }),
    ...(moidAliases.length === 0 ? {} : { moidAliases }),
    ...(ddfUrl === undefined ? {} : { ddfUrl }),
  };
}

function text(name: string, value: string | undefined, indent: string): string[] {
  return value === undefined ? [] : [`${indent}<${name}>${escapeXml(value)}</${name}>`];
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: characters that XML 1.0 §2.2 leaves out
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

function escapeXml(value: string): string {
  if (NOT_XML.test(value)) {
    throw new DataError('DATA_DDF', 'a text has a character that XML cannot carry (XML 1.0 §2.2)');
  }
  return value.replace(/[&<>\r]/g, (char) => ESCAPES[char]!);
}
