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
    if (formatClientUri(again) !== formatClientUri(uri)) throw new Error('it is written otherwise');
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
      if (!/^[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%[\]]+$/.test(uri)) throw new Error('it is no URI');
    },
    seeds.map((text) => encodeUtf8(text)),
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(10_000);
});

test('MO documents into the tree', () => {
  const seeds = [encodeUtf8(COMPLETE_DMACC_TEXT), encodeDmmo(treeToDmmo(TREE).slice(0, 3))];
  const { accepted, refused } = fuzz((bytes) => {
    const { objects } = decodeDmmo(bytes);
    const tree = treeFromDmmo(objects, MO_DEFINITIONS);
    const back = treeFromDmmo(treeToDmmo(tree), MO_DEFINITIONS);
    if (back.count !== tree.count || back.octets !== tree.octets) throw new Error('it comes back otherwise');
    storeObjects(MoTree.empty, objects, { definitions: [] });
  }, seeds);
  expect(accepted).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(10_000);
});
