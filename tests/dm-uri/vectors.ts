/** test-vectors/client-uri.json, and the tree of its instances. */
import { readFileSync } from 'node:fs';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { decodeDmmo, encodeText, type JsonValue, type NodeRef, treeFromDmmo } from '../../src/mo/index.js';

export interface UriCase {
  readonly what: string;
  readonly clause: string;
  readonly uri: string;
  readonly status: 200 | 400 | 404;
  readonly nodes: readonly { readonly moid: string; readonly miid: string; readonly path: string }[];
}

export const VECTORS = JSON.parse(readFileSync('test-vectors/client-uri.json', 'utf8')) as {
  readonly instances: JsonValue;
  readonly cases: readonly UriCase[];
};

const { objects: INSTANCES } = decodeDmmo(encodeUtf8(JSON.stringify(VECTORS.instances)));
export const TREE = treeFromDmmo(INSTANCES, []);

/** A node as the vectors write it. */
export function written({ moid, miid, path }: NodeRef): UriCase['nodes'][number] {
  return { moid, miid, path: `/${path.map(encodeText).join('/')}` };
}
