import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  dmKeys,
  gbaKdf,
  kdfInput,
  kdfText,
  ks,
  ksExtNaf,
  ksIntNaf,
  nafId,
  tmpi,
  transactionId,
} from '../../src/gba/index.js';

const read = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, '../../test-vectors', name), 'utf8')).cases;

// biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
const named = (cases: any[]) => cases.map((each) => [each.id, each] as const);

test.each(named(read('gba-kdf.json')))('TS 33.220 Annex B: %s', (_, { inputs, expected }) => {
  const parameters = inputs.params.map(fromHex);
  const fc = Number.parseInt(inputs.fc, 16);
  expect(toHex(kdfInput(fc, parameters))).toBe(inputs.S);
  expect(toHex(gbaKdf(fromHex(inputs.keyHex), fc, parameters))).toBe(expected.derivedKey);
});

// biome-ignore lint/suspicious/noExplicitAny: as above
const own: any[] = read('gba.json');

test.each(named(own.filter(({ kind }) => kind === 'gba-chain')))('%s', (_, { inputs, expected }) => {
  const Ks = ks(fromHex(inputs.CK), fromHex(inputs.IK));
  const id = nafId(inputs.NAF_FQDN, fromHex(inputs.uaSecProtId));
  const rand = fromHex(inputs.RAND);
  const input = { ks: Ks, rand, impi: inputs.IMPI, nafId: id };
  const ext = ksExtNaf(input);
  const int = ksIntNaf(input);
  expect(toHex(Ks)).toBe(expected.Ks);
  expect(toHex(id)).toBe(expected.NAF_Id);
  const s = (label: string) => toHex(kdfInput(1, [kdfText(label), rand, kdfText(inputs.IMPI), id]));
  expect(s('gba-me')).toBe(expected.S_gba_me);
  expect(s('gba-u')).toBe(expected.S_gba_u);
  expect(toHex(ext)).toBe(expected.Ks_ext_NAF);
  expect(toHex(ext)).toBe(expected.Ks_NAF);
  expect(toHex(int)).toBe(expected.Ks_int_NAF);
  expect(toHex(kdfInput(1, [kdfText('dm-bik')]))).toBe(expected.S_DMBIK);
  expect(toHex(kdfInput(1, [kdfText('dm-bek')]))).toBe(expected.S_DMBEK);
  expect(toHex(dmKeys(ext).dmbik)).toBe(expected.DMBIK);
  expect(toHex(dmKeys(ext).dmbek)).toBe(expected.DMBEK);
  expect(toHex(dmKeys(int).dmbik)).toBe(expected.DMBIK_from_Ks_int_NAF);
  expect(toHex(dmKeys(int).dmbek)).toBe(expected.DMBEK_from_Ks_int_NAF);
  const literal = dmKeys(ext, 'dmbik-literal');
  expect(toHex(literal.dmbik)).toBe(expected.compat_DMBIK_label_dmbik_L0_5);
  expect(toHex(literal.dmbek)).toBe(expected.compat_DMBEK_label_dmbek_L0_5);
  expect(tmpi(Ks, rand, inputs.IMPI, inputs.BSF_FQDN)).toBe(expected.TMPI);
  expect(transactionId(rand, inputs.BSF_FQDN)).toBe(expected.BTID);
  expect(transactionId(rand, 'naf')).toBe(expected.nafSaIdDownlink);
});

test.each(named(own.filter(({ kind }) => kind === 'dm-bootstrap-negative')))(
  'five octets with a length of six are neither reading: %s',
  (_, { inputs, expected }) => {
    const naf = fromHex(inputs.Ks_NAF);
    for (const label of ['dm-bik', 'dmbik-literal'] as const)
      expect(toHex(dmKeys(naf, label).dmbik)).not.toBe(expected.mustNotEqualDMBIK);
  },
);
