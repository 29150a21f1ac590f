/** What an account proves itself with (DM 2.0 §12.2, docs/decisions/transport-credentials.md). */
import { credentialsOf } from '../../src/app/device/credentials.js';
import { makeCertificate } from '../../src/app/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { encodeBase64, type JsonObject, treeFromDmmo } from '../../src/mo/index.js';

const b64 = (text: string) => encodeBase64(encodeUtf8(text));

function treeWith(auth?: JsonObject) {
  const moData = {
    dms1: {
      SrvID: 'dm1',
      SrvURI: 'https://dm.example.com/dm',
      Name: 'Example',
      Perm: { 1: { MOID: '*' } },
      ...(auth === undefined ? {} : { Auth: auth }),
    },
  };
  return treeFromDmmo([{ clientUri: 'urn:oma:mo:oma-dm-dmacc:1.2/dms1/', moData }], []);
}

const trsp = { srvId: 'dm1', which: 'trsp' } as const;
const bootstrap = { srvId: 'dm1', which: 'bootstrap' } as const;

test('an identity and its secret', () => {
  const tree = treeWith({ Trsp: { Data: b64('gerät-1'), Secret: 'AAEC' } });
  expect(credentialsOf(tree, trsp)).toEqual({
    kind: 'identity-secret',
    identity: 'gerät-1',
    secret: Uint8Array.of(0, 1, 2),
  });
});

test('a certificate and its private key', async () => {
  const made = await makeCertificate('ec', ['device'], new Date('2026-01-01T00:00:00Z'), (octets) =>
    new Uint8Array(octets).fill(5),
  );
  const der = Buffer.from(made.cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const tree = treeWith({ Trsp: { Data: der.toString('base64'), Secret: 'AAEC' } });
  expect(credentialsOf(tree, trsp)).toEqual({
    kind: 'x509',
    certificate: Uint8Array.from(der),
    key: Uint8Array.of(0, 1, 2),
  });
});

const server = { ServerURI: 'https://bs.example.com/', ClientSecretKey: 'AAEC' };

test('PSK of a bootstrap server', () => {
  const psk = { ...server, SecMode: 'AA==', ClientPubKey: b64('id'), ServerPubKey: b64('server') };
  expect(credentialsOf(treeWith({ Bootstrap: psk }), bootstrap)).toEqual({
    kind: 'psk',
    identity: 'id',
    key: Uint8Array.of(0, 1, 2),
  });
});

test('certificates of a bootstrap server', () => {
  const x509 = { ...server, SecMode: 'AQ==', ClientPubKey: 'MAA=', ServerPubKey: 'MAE=' };
  expect(credentialsOf(treeWith({ Bootstrap: x509 }), bootstrap)).toEqual({
    kind: 'x509',
    certificate: Uint8Array.of(0x30, 0),
    key: Uint8Array.of(0, 1, 2),
    serverCertificate: Uint8Array.of(0x30, 1),
  });
});

test('an account without, and no account', () => {
  expect(credentialsOf(treeWith(), trsp)).toBeUndefined();
  expect(credentialsOf(treeWith(), bootstrap)).toBeUndefined();
  expect(credentialsOf(treeWith(), { srvId: 'dm2', which: 'trsp' })).toBeUndefined();
});

test('what is neither certificate nor text is refused, and not quoted', () => {
  const tree = treeWith({ Trsp: { Data: '//79', Secret: 'c2VjcmV0' } });
  expect(() => credentialsOf(tree, trsp)).toThrow(
    expect.objectContaining({
      code: 'DATA_BOOTSTRAP',
      message: expect.not.stringMatching(/fffefd|c2VjcmV0|secret/i),
    }),
  );
});
