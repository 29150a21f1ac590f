/** A bootstrap document as trees, one for each management object. */
import type { ShownMo } from '../../src/bootstrap/index.js';
import { isJsonObject, type JsonValue } from '../../src/mo/index.js';
import { type TreeNode, tree } from './tree.js';

/** @param objects redacted with `explain` */
export function documentTrees(objects: readonly ShownMo[]): string[] {
  return objects.map((object) => tree(objectTree(object)));
}

function objectTree({ ClientURI, DDF, CV, MOData }: ShownMo): TreeNode {
  const extras = Object.entries({ DDF, CV }).flatMap(([name, value]) =>
    value === undefined ? [] : [nodeTree(name, value)],
  );
  const nodes = Object.entries(MOData).map(([name, value]) => nodeTree(name, value));
  return { label: plain(ClientURI), children: [...extras, ...nodes] };
}

function nodeTree(name: string, value: JsonValue): TreeNode {
  if (isJsonObject(value)) {
    if (typeof value.length === 'number' || typeof value.hex === 'string') {
      return { label: plain(`${name} = ${leafText(value)}`) };
    }
    return {
      label: plain(name),
      children: Object.entries(value).map(([child, content]) => nodeTree(child, content)),
    };
  }
  return { label: plain(`${name} = ${JSON.stringify(value)}`) };
}

function leafText({ secret, hidden, length, hex, utf8 }: Record<string, JsonValue>): string {
  const shown = [
    ...(secret === true ? [`secret, ${length} octets`] : []),
    ...(hidden === true ? [`not shown, ${length} octets of text`] : []),
    ...(hex === undefined ? [] : [String(hex)]),
    ...(utf8 === undefined ? [] : [JSON.stringify(utf8)]),
  ];
  return shown.join(' ');
}

// A foreign document must not move the cursor of the terminal.
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}
