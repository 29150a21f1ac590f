/** The calculators of authentication and GBA, as scripts call them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simboot } from './harness.js';

// biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
const cases = (name: string): any[] =>
  JSON.parse(readFileSync(join(__dirname, '../../test-vectors', name), 'utf8')).cases;
// biome-ignore lint/suspicious/noExplicitAny: as above
const named = (name: string, kind: string): [string, any][] =>
  cases(name)
    .filter((each) => each.kind === kind)
    .map((each) => [each.id, each]);

test.each(named('aka.json', 'milenage'))('milenage: %s', async (_, { inputs, expected, computed }) => {
  const challenge = `--k ${inputs.K} --rand ${inputs.RAND} --sqn ${inputs.SQN} --amf ${inputs.AMF}`;
  const document = {
    opc: expected.OPc,
    mac_a: expected.f1_MAC_A,
    mac_s: expected.f1star_MAC_S,
    res: expected.f2_RES,
    ck: expected.f3_CK,
    ik: expected.f4_IK,
    ak: expected.f5_AK,
    ak_star: expected.f5star_AKstar,
    autn: computed.AUTN,
  };
  for (const operator of [`--op ${inputs.OP}`, `--opc ${expected.OPc}`])
    expect((await simboot(`milenage ${challenge} ${operator} --json`)).json()).toEqual(document);
});

test.each(named('aka.json', 'tuak'))('tuak: %s', async (_, { inputs, expected }) => {
  const { K, RAND, SQN, AMF, TOP, keccakIterations, macBits, resBits, ckBits, ikBits } = inputs;
  const sizes = `--iterations ${keccakIterations} --mac-bits ${macBits} --res-bits ${resBits} --ck-bits ${ckBits} --ik-bits ${ikBits}`;
  const line = `tuak --k ${K} --rand ${RAND} --sqn ${SQN} --amf ${AMF} --top ${TOP} ${sizes} --json`;
  expect((await simboot(line)).json()).toMatchObject({
    topc: expected.TOPc,
    mac_a: expected.f1_MAC_A,
    mac_s: expected.f1star_MAC_S,
    res: expected.f2_RES,
    ck: expected.f3_CK,
    ik: expected.f4_IK,
    ak: expected.f5_AK,
    ak_star: expected.f5star_AKstar,
  });
});

test.each(named('gba.json', 'gba-chain'))('gba derive: %s', async (_, { inputs, expected }) => {
  const line = `gba derive --ck ${inputs.CK} --ik ${inputs.IK} --rand ${inputs.RAND} --impi ${inputs.IMPI} --naf-fqdn ${inputs.NAF_FQDN} --ua-id ${inputs.uaSecProtId} --json`;
  const common = { ks: expected.Ks, naf_id: expected.NAF_Id };
  expect((await simboot(line)).json()).toEqual({
    ...common,
    ks_naf: expected.Ks_NAF,
    dmbik: expected.DMBIK,
    dmbek: expected.DMBEK,
  });
  expect((await simboot(`${line} --gba u --naf-key int`)).json()).toEqual({
    ...common,
    ks_ext_naf: expected.Ks_ext_NAF,
    ks_int_naf: expected.Ks_int_NAF,
    dmbik: expected.DMBIK_from_Ks_int_NAF,
    dmbek: expected.DMBEK_from_Ks_int_NAF,
  });
  expect((await simboot(`${line} --label dmbik-literal`)).json()).toMatchObject({
    dmbik: expected.compat_DMBIK_label_dmbik_L0_5,
    dmbek: expected.compat_DMBEK_label_dmbek_L0_5,
  });
});

test.each(named('gba-kdf.json', 'annexB-kdf'))('gba kdf: %s', async (_, { inputs, expected }) => {
  const line = `gba kdf --key ${inputs.keyHex} --fc ${inputs.fc} --param ${inputs.params.join(' ')} --json`;
  expect((await simboot(line)).json()).toEqual({ s: inputs.S, key: expected.derivedKey });
});

test('the calculators say that a literal key shows, and take it from elsewhere', async () => {
  const line = 'gba kdf --fc 01 --param 646d2d62696b --key';
  expect((await simboot(`${line} ${'11'.repeat(32)}`)).stderr).toContain('shows in the process list');
  const hidden = await simboot(`${line} env:K`, { env: { K: '11'.repeat(32) } });
  expect(hidden.code).toBe(0);
  expect(hidden.stderr).not.toContain('process list');
});

test('wrong and missing inputs are told, exit code 2', async () => {
  const challenge = `--k ${'11'.repeat(16)} --rand ${'22'.repeat(16)} --sqn 000000000021 --amf 8000`;
  const chain = `--ck ${'11'.repeat(16)} --ik ${'22'.repeat(16)} --rand ${'22'.repeat(16)} --impi a@b --naf-fqdn dm.example`;
  for (const [line, said] of [
    [`milenage ${challenge}`, 'one of --op and --opc is needed'],
    [`milenage ${challenge} --opc 11`, 'OPc has 16 octets, not 1'],
    [`milenage ${challenge} --op ${'11'.repeat(16)} --opc ${'11'.repeat(16)}`, 'cannot be used with'],
    [`tuak ${challenge}`, 'one of --top and --topc is needed'],
    [`tuak ${challenge} --topc ${'11'.repeat(32)} --mac-bits 65`, 'MAC has 64, 128, 256 bits, not 65'],
    [`tuak ${challenge} --topc ${'11'.repeat(32)} --iterations x`, 'a whole number'],
    [`gba derive ${chain}`, '--ua-id'],
    [`gba derive ${chain} --ua-id 03ff`, 'five octets'],
    [`gba derive ${chain} --ua-id 03ff000001 --naf-key int`, 'needs --gba u'],
    ['gba kdf --key 00 --fc 1', 'two hexadecimal digits'],
  ] as const) {
    const result = await simboot(line);
    expect({ line, code: result.code }).toEqual({ line, code: 2 });
    expect(result.stderr).toContain(said);
  }
});
