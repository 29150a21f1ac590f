/** A node and its children by today's names and formats, so that what follows need not know older ones. */
import { matchChild, type NodeDefinition } from './definition.js';
import { checkFormat } from './formats.js';
import { isJsonObject, type JsonObject, type JsonValue, setMember } from './json.js';

type Tree = { [name: string]: JsonValue };

/**
 * `value` with older node names replaced and numbers and booleans written as text converted. What the
 * definition does not know is kept as it stands; nothing is checked (`validateMo` does).
 */
export function canonicalTree(definition: NodeDefinition, value: JsonValue): JsonValue {
  if (definition.format !== 'node') {
    const check = checkFormat(definition.format, value);
    return check.result === 'text' ? check.value : value;
  }
  if (!isJsonObject(value) || definition.open) return value;
  const out: Tree = {};
  for (const [name, child] of Object.entries(value)) {
    const match = matchChild(definition, name);
    const content = match === undefined ? child : canonicalTree(match.definition, child);
    place(out, match?.path ?? [name], content);
  }
  return out;
}

function place(out: Tree, path: readonly string[], content: JsonValue): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  const present = Object.hasOwn(out, name) ? out[name] : undefined;
  if (rest.length > 0) {
    const inner: Tree = isJsonObject(present) ? { ...(present as JsonObject) } : {};
    place(inner, rest, content);
    setMember(out, name, inner);
  } else if (isJsonObject(present) && isJsonObject(content)) {
    setMember(out, name, { ...present, ...content });
  } else if (present === undefined) {
    setMember(out, name, content);
  }
}
