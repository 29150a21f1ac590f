/** 100,000 damaged ClientURIs, ServerURIs and MO documents: a typed error or an answer, never anything else. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  expandServerUri,
  formatClientUri,
  parseClientUri,
  resolveClientUri,
} from '../../src/dm/uri/index.js';
import {
  decodeDmmo,
  encodeDmmo,
  MO_DEFINITIONS,
  MoTree,
  storeObjects,
  treeFromDmmo,
  treeToDmmo,
} from '../../src/mo/index.js';
import { COMPLETE_DMACC_TEXT } from '../mo/documents.js';
import { fuzz } from '../support/fuzz.js';
import { TREE, VECTORS } from './vectors.js';

/** Octets as text; what is no UTF-8 as one character an octet, so that nothing is refused before it is parsed. */
function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

test('ClientURI: read, written again, resolved', () => {
  const seeds = VECTORS.cases.filter(({ status }) => status !== 400).map(({ uri }) => encodeUtf8(uri));
  const { accepted, refused } = fuzz((bytes) => {
    const uri = parseClientUri(textOf(bytes));
    const again = parseClientUri(formatClientUri(uri));
    expect({ ...again, text: '', unknown: [] }).toEqual({ ...uri, text: '', unknown: [] });
    resolveClientUri(TREE, uri);
  }, seeds);
  expect(Math.min(accepted, refused)).toBeGreaterThan(10_000);
});

test('ServerURI', () => {
  const seeds = [
    'https://e.com:8443/[DevID]/[MCC]?a=[SPName]#f',
    'http://[::1]/%20[MNC]/[x]',
    'urn:a:[CMCC]',
  ];
  const { accepted, refused } = fuzz(
    (bytes) => {
      const uri = expandServerUri(textOf(bytes), { DevID: 'IMEI:1', SPName: 'A/B', MCC: '262' });
      expect(uri).toMatch(/^[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%[\]]+$/);
    },
    seeds.map((text) => encodeUtf8(text)),
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(10_000);
});

test('MO documents into the tree', () => {
  const seeds = [encodeUtf8(COMPLETE_DMACC_TEXT), encodeDmmo(treeToDmmo(TREE))];
  const { accepted, refused } = fuzz((bytes) => {
    const { objects } = decodeDmmo(bytes);
    const tree = treeFromDmmo(objects, MO_DEFINITIONS);
    expect(treeFromDmmo(treeToDmmo(tree), MO_DEFINITIONS).count).toBe(tree.count);
    expect(storeObjects(MoTree.empty, objects, { definitions: [] }).tree.count).toBeGreaterThan(0);
  }, seeds);
  expect(accepted).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(10_000);
});
