/** The value of one leaf from a body that is not MO data (DM 2.0 §5.3.1, I.2). docs/decisions/storing-mo-data.md */
import { decodeUtf8, encodeBase64 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { MoDefinition } from '../definition.js';
import { checkFormat } from '../formats.js';
import { findDefinition } from '../registry.js';
import { definitionAt } from './complete.js';
import { leafOf } from './from-json.js';
import { formatNodeRef } from './names.js';
import { type Stored, type StoreOptions, write } from './store.js';
import type { MoTree } from './tree.js';
import type { LeafNode, MoNode, NodeRef } from './types.js';

/**
 * The tree with a leaf set to what a body carries. `text/…`, XML and JSON bodies hold the value as it stands in
 * MO data (base64 for bin and b64); bodies of any other media type are the octets of a bin or b64 leaf.
 *
 * @param mediaType the Content-Type of the body
 * @throws DataError `DATA_MO` where the body does not fit the format or the node is interior; `DATA_UTF8`;
 *   `DATA_NODE_MISSING`; `DATA_TREE_FULL`
 * @example
 * const ref = { moid: 'urn:example:mo', miid: 'usb', path: ['Enabled'] };
 * const root = nodeFromJson(undefined, { Enabled: true }, '$');
 * const tree = MoTree.empty.withInstance({ ...ref, root });
 * storeLeafValue(tree, ref, 'false', 'text/plain', []).tree.node(ref) // → { kind: 'leaf', value: false }
 */
export function storeLeafValue(
  tree: MoTree,
  ref: NodeRef,
  body: Uint8Array | string,
  mediaType: string,
  definitions: readonly MoDefinition[],
  limits: StoreOptions['limits'] = {},
): Stored {
  const mo = findDefinition(ref.moid, definitions)?.definition;
  const where = formatNodeRef(ref);
  const at = definitionAt(mo, ref.path);
  if (at === undefined) refuse(where, 'the definition has no such node');
  const before = tree.node(ref);
  if (at === 'open' ? before?.kind === 'interior' || ref.path.length === 0 : at.format === 'node') {
    refuse(where, `an interior node cannot take a value of type ${mediaType}`);
  }
  const octets = typeof body !== 'string' && !isText(mediaType) ? encodeBase64(body) : undefined;
  let node: MoNode;
  if (at === 'open') node = asBefore(before, octets ?? textOf(body));
  else if (octets === undefined) node = leafOf(at, trimmed(at.format, textOf(body)), where);
  else if (at.format === 'bin' || at.format === 'b64') node = leafOf(at, octets, where);
  else refuse(where, `format ${at.format} takes text, not ${mediaType}`);
  return write(tree, { definitions, limits }, (writer) => writer.put(ref, mo, node, where));
}

const TEXT = /^(?:text\/|application\/(?:[^;]+\+)?(?:xml|json)\s*(?:;|$))/i;

function isText(mediaType: string): boolean {
  return TEXT.test(mediaType.trim());
}

function textOf(body: Uint8Array | string): string {
  return typeof body === 'string' ? body : decodeUtf8(body);
}

// A line end after a number or a base64 text is an editor's; in a text it may be meant.
function trimmed(format: string, text: string): string | null {
  if (format === 'null' && text.trim() === '') return null;
  return format === 'chr' || format === 'xml' ? text : text.trim();
}

// Without a definition the type that is there stays, if the text allows it.
function asBefore(before: MoNode | undefined, text: string): LeafNode {
  const present = before?.kind === 'leaf' ? typeof before.value : 'undefined';
  const format = present === 'boolean' ? 'bool' : present === 'number' ? 'float' : undefined;
  const check = format === undefined ? undefined : checkFormat(format, text.trim());
  return { kind: 'leaf', value: check?.result === 'text' ? (check.value as number | boolean) : text };
}

function refuse(node: string, message: string): never {
  throw new DataError('DATA_MO', `${message} (${node})`, { details: { node } });
}
