/** Package#2 in JSON (DM 2.0 §5.2.3, §7.2.1.2). */
import { encodeUtf8 } from '../../bytes/index.js';
import { type JsonValue, jsonType, parseJson } from '../../mo/index.js';
import { COMMANDS, type Package2, type WireCommand } from '../messages.js';
import { type Decoded, member, type PackageLimits, PackageReader, refuse } from './read.js';

/**
 * Writes Package#2: only commands of §5.3, in the order given; END stands last or not at all.
 *
 * @throws DataError `DATA_PACKAGE`
 * @example decodeUtf8(encodePackage2({ commands: [['GET', 'urn:example:mo//'], ['END']] })) // → '{"CMD":[["GET","urn:example:mo//"],["END"]]}'
 */
export function encodePackage2({ commands }: Package2): Uint8Array {
  commands.forEach(([name], index) => {
    const where = `$.CMD[${index}]`;
    if (!COMMANDS.some((known) => known === name)) refuse(where, 'not a command of §5.3');
    if (name === 'END' && index !== commands.length - 1) refuse(where, 'END is not the last command');
  });
  return encodeUtf8(JSON.stringify({ CMD: commands }));
}

/**
 * Reads Package#2. Names that §5.3 does not have are kept: each such command gets a status of its own.
 *
 * @throws DataError `DATA_UTF8`, `DATA_JSON`, `DATA_JSON_DUPLICATE`, `DATA_LIMIT`; `DATA_PACKAGE` with the JSON path
 * @example decodePackage2(encodeUtf8('{"CMD":[["END"]]}')).value // → { commands: [['END']] }
 */
export function decodePackage2(bytes: Uint8Array, limits: PackageLimits = {}): Decoded<Package2> {
  const reader = new PackageReader(limits);
  const object = reader.object(parseJson(bytes, limits), '$');
  reader.ignoreOthers(object, ['CMD'], '$');
  const items = member(object, 'CMD') ?? refuse('$', 'the member CMD is missing');
  const commands = reader
    .array(items, '$.CMD')
    .map((item, index) => readCommand(item, `$.CMD[${index}]`, reader));
  return { value: { commands }, findings: reader.findings };
}

function readCommand(item: JsonValue, where: string, reader: PackageReader): WireCommand {
  const [name, ...parameters] = reader.array(item, where).map((part, index) => {
    if (typeof part === 'string') return part;
    return refuse(`${where}[${index}]`, `a string is required, found ${jsonType(part)}`);
  });
  return name === undefined ? refuse(where, 'a command has no name') : [name, ...parameters];
}
