/** `bootstrap protect` and `unprotect`, as scripts call them. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-protect-'));
const at = (name: string) => join(folder, name);
const KS_NAF = '769983ae75e0bd3e1431ab9416198bfacde8da869e27aac66e38cc3c3d4c9e50';
const ASSOCIATION =
  '--naf-fqdn dm.example.com --ua-id 03ff000001 --rand 23553cbe9637a89d218ae64dae47bf35 --p-tid p1@naf';
const env = {
  KS: KS_NAF,
  BIK: 'cc05538f66e95a308fa604065a480783a1f756b0d3827bf6d9888eff7eb9fdfb',
  BEK: 'b16c330050271927a2551ca3a663a6cc99ae179a095484e206537f47ca2de60e',
  SHORT: '00',
};
const DOCUMENT =
  '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{"dms1":{"SrvID":"dms1","SrvURI":"https://dm.example.com/dm","Name":"Operator","Perm":{"1":{"MOID":"*"}}}}}]';

beforeAll(() => writeFileSync(at('bootstrap.json'), DOCUMENT));

test('a document goes through, with the key of the NAF or with both keys', async () => {
  const sealed = await simboot(
    `bootstrap protect ${at('bootstrap.json')} --naf-key env:KS ${ASSOCIATION} --out ${at('m.bin')} --json`,
    { env },
  );
  expect(sealed.json()).toMatchObject({
    octets: statSync(at('m.bin')).size,
    contentType: 'application/octet-stream; SEC=3GPP_GBA',
  });
  expect(readFileSync(at('m.bin')).includes('dm.example.com')).toBe(false);
  const opened = await simboot(
    `bootstrap unprotect ${at('m.bin')} --dmbik env:BIK --dmbek env:BEK ${ASSOCIATION} --out ${at('again.json')} --json`,
    { env },
  );
  expect(opened.json()).toMatchObject({ octets: DOCUMENT.length, mediaType: 'application/dmmo+json' });
  expect(readFileSync(at('again.json'), 'utf8')).toBe(DOCUMENT);
  expect(statSync(at('again.json')).mode & 0o777).toBe(0o600);
});

test('a damaged message, and one for another association: exit code 4, nothing written', async () => {
  await simboot(
    `bootstrap protect ${at('bootstrap.json')} --naf-key env:KS ${ASSOCIATION} --out ${at('d.bin')}`,
    {
      env,
    },
  );
  const damaged = Uint8Array.from(readFileSync(at('d.bin')));
  damaged[damaged.length - 1]! ^= 1;
  writeFileSync(at('damaged.bin'), damaged);
  const refused = await simboot(
    `bootstrap unprotect ${at('damaged.bin')} --naf-key env:KS ${ASSOCIATION} --out ${at('none.json')} --json`,
    { env },
  );
  expect(refused.code).toBe(4);
  expect(refused.json()).toMatchObject({ error: { code: 'SECURITY_PUSH_REFUSED' } });
  expect(() => statSync(at('none.json'))).toThrow('ENOENT');
  const other = await simboot(
    `bootstrap unprotect ${at('d.bin')} --naf-key env:KS ${ASSOCIATION.replace('p1@naf', 'p2@naf')}`,
    { env },
  );
  expect(other.code).toBe(4);
});

test.each([
  ['no keys', ASSOCIATION, 'give --naf-key, or both'],
  ['one key', `--dmbik env:BIK ${ASSOCIATION}`, 'give --naf-key, or both'],
  ['a short key', `--dmbik env:SHORT --dmbek env:BEK ${ASSOCIATION}`, '--dmbik has 32 octets, not 1'],
  ['a key for all to see', `--naf-key ${KS_NAF} ${ASSOCIATION}`, 'does not take the secret itself'],
  ['a short RAND', `--naf-key env:KS ${ASSOCIATION.replace('23553cbe', '')}`, '--rand has 16 octets, not 12'],
])('refused: %s', async (_, options, said) => {
  const result = await simboot(`bootstrap protect ${at('bootstrap.json')} ${options}`, { env });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(said);
});

test('what is no bootstrap is not protected', async () => {
  writeFileSync(at('wrong.json'), '[1]');
  const result = await simboot(`bootstrap protect ${at('wrong.json')} --naf-key env:KS ${ASSOCIATION}`, {
    env,
  });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('wrong.json');
});
