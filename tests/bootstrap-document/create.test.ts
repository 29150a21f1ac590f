import { Ajv } from 'ajv';
import fc from 'fast-check';
import {
  type AccountDescription,
  type BootstrapDescription,
  createBootstrap,
  parseBootstrap,
  validateBootstrap,
} from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { DMMO_SCHEMA } from '../../src/mo/index.js';

const clock = { now: () => new Date('2030-01-01T00:00:00Z') };
const create = (description: BootstrapDescription) => createBootstrap(description, { clock });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const isDmmo = new Ajv().compile(DMMO_SCHEMA);
const failure = (run: () => unknown): SimbootError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};
const KEY = fromHex('000102030405060708090a0b0c0d0e0f');
const ACCOUNT: AccountDescription = { srvId: 'dm1', srvUri: 'https://dm.example.com/dm', name: 'Example' };

describe('creating a bootstrap (DM 2.0 §8.5, §12.2)', () => {
  test('the least account, octet for octet', () => {
    expect(text(create({ accounts: [ACCOUNT] }).bytes)).toBe(
      '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{"dms1":{"SrvID":"dm1",' +
        '"SrvURI":"https://dm.example.com/dm","Name":"Example","Perm":{"1":{"MOID":"*"}}}}}]',
    );
  });

  test('a complete account and another MO, octet for octet', () => {
    // Base64 by hand: 00 AA==; "A1" QTE=; "srv" c3J2; 00..0f AAECAwQFBgcICQoLDA0ODw==; "d" ZA==.
    const { bytes, findings } = create({
      accounts: [
        {
          srvId: 'dm.example.com',
          srvUri: 'https://dm.example.com:8443/dm?x=1',
          name: 'Énergie',
          perm: ['urn:oma:mo:oma-dm-devinfo:1.2', 'urn:vendor:mo:m:1.0'],
          miid: 'acc1',
          bootstrap: {
            serverUri: 'https://bs.example.com',
            psk: { identity: 'A1', key: KEY, serverIdentity: 'srv' },
          },
          noti: { secret: KEY, data: encodeUtf8('d') },
          trsp: { psk: { identity: 'A1', key: KEY } },
          push: {
            gcm: {
              senderId: '48',
              regUri: 'https://dm.example.com/r',
              unRegUri: 'https://dm.example.com/u',
              regParams: 'a=1',
              ext: { V: { x: 1 } },
            },
            ext: { C: 'y' },
          },
          ext: { V: true },
        },
      ],
      objects: [{ moid: 'urn:vendor:mo:m:1.0', ddf: 'https://vendor.example/m.ddf', data: { Interval: 60 } }],
    });
    expect(text(bytes)).toBe(
      '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2/acc1/","MOData":{"acc1":{"SrvID":"dm.example.com",' +
        '"SrvURI":"https://dm.example.com:8443/dm?x=1","Name":"Énergie",' +
        '"Perm":{"1":{"MOID":"urn:oma:mo:oma-dm-devinfo:1.2"},"2":{"MOID":"urn:vendor:mo:m:1.0"}},' +
        '"Auth":{"Bootstrap":{"ServerURI":"https://bs.example.com","SecMode":"AA==","ClientPubKey":"QTE=",' +
        '"ServerPubKey":"c3J2","ClientSecretKey":"AAECAwQFBgcICQoLDA0ODw=="},' +
        '"Noti":{"Type":0,"Data":"ZA==","Secret":"AAECAwQFBgcICQoLDA0ODw=="},' +
        '"Trsp":{"Data":"QTE=","Secret":"AAECAwQFBgcICQoLDA0ODw=="}},' +
        '"Push":{"GCM":{"SenderID":"48","RegURI":"https://dm.example.com/r",' +
        '"UnRegURI":"https://dm.example.com/u","RegParams":"a=1","Ext":{"V":{"x":1}}},"Ext":{"C":"y"}},' +
        '"Ext":{"V":true}}}},' +
        '{"DDF":"https://vendor.example/m.ddf","ClientURI":"urn:vendor:mo:m:1.0//","MOData":{"mo":{"Interval":60}}}]',
    );
    expect(findings).toMatchObject([{ severity: 'info', code: 'MO_NO_DEFINITION', where: '$[1].ClientURI' }]);
    expect([...bytes.subarray(0, 3)]).not.toEqual([0xef, 0xbb, 0xbf]);
  });

  test('several accounts get different labels, around the MIIDs that are given', () => {
    const accounts = [
      { ...ACCOUNT, srvId: 'a' },
      { ...ACCOUNT, srvId: 'b', miid: 'dms2' },
      { ...ACCOUNT, srvId: 'c' },
    ];
    const objects = ['urn:v:1', 'urn:v:2'].map((moid) => ({ moid, data: {} }));
    expect(
      create({ accounts, objects }).document.objects.map(({ clientUri, moData }) => [
        clientUri,
        ...Object.keys(moData),
      ]),
    ).toEqual([
      ['urn:oma:mo:oma-dm-dmacc:1.2//', 'dms1'],
      ['urn:oma:mo:oma-dm-dmacc:1.2/dms2/', 'dms2'],
      ['urn:oma:mo:oma-dm-dmacc:1.2//', 'dms3'],
      ['urn:v:1//', 'mo'],
      ['urn:v:2//', 'mo2'],
    ]);
  });

  const refused: [string, BootstrapDescription, string, string][] = [
    [
      'the same SrvID twice',
      { accounts: [ACCOUNT, { ...ACCOUNT, name: 'Other' }] },
      'DATA_BOOTSTRAP',
      '$[1].MOData.dms2.SrvID',
    ],
    ['an empty SrvID', { accounts: [{ ...ACCOUNT, srvId: '' }] }, 'DATA_BOOTSTRAP', '$[0].MOData.dms1.SrvID'],
    [
      'the same MIID twice',
      {
        accounts: [
          { ...ACCOUNT, miid: 'x' },
          { ...ACCOUNT, srvId: 'dm2', miid: 'x' },
        ],
      },
      'DATA_BOOTSTRAP',
      '$[1].ClientURI',
    ],
    [
      'an older MOID',
      { objects: [{ moid: 'oma:mo:oma-dm-devinfo:1.0', data: {} }] },
      'DATA_MO',
      '$[0].MOData.DevInfo',
    ],
    [
      'an MO with mistakes',
      { objects: [{ moid: 'urn:oma:mo:oma-dm-devinfo:1.2', data: {} }] },
      'DATA_MO',
      '$[0].MOData.DevInfo',
    ],
    ['no MOID', { objects: [{ moid: '', data: {} }] }, 'DATA_MO', '$[0].ClientURI'],
    [
      'an empty permission',
      { accounts: [{ ...ACCOUNT, perm: [''] }] },
      'DATA_BOOTSTRAP',
      '$[0].MOData.dms1.Perm',
    ],
    ['no permission', { accounts: [{ ...ACCOUNT, perm: [] }] }, 'DATA_MO', '$[0].MOData.dms1.Perm'],
    [
      'an empty notification secret',
      { accounts: [{ ...ACCOUNT, noti: { secret: new Uint8Array() } }] },
      'DATA_BOOTSTRAP',
      '$[0].MOData.dms1.Auth.Noti.Secret',
    ],
    [
      'half a surrogate pair',
      { accounts: [{ ...ACCOUNT, name: '\ud800' }] },
      'DATA_JSON',
      '$[0].MOData.dms1.Name',
    ],
  ];
  test.each(refused)('%s is refused with its place', (_name, description, code, path) => {
    const error = failure(() => create(description));
    expect({ code: error.code, path: error.details.path }).toEqual({ code, path });
  });

  test('PSK and X.509 at once are refused with their place, and so is neither', () => {
    const x509 = { certificate: KEY, privateKey: KEY };
    const both = { ...ACCOUNT, trsp: { psk: { identity: 'a', key: KEY }, x509 } };
    expect(failure(() => create({ accounts: [ACCOUNT, both] }))).toMatchObject({
      code: 'DATA_DESCRIPTION_CONTRADICTION',
      details: { where: 'accounts[1].trsp' },
    });
    expect(failure(() => create({ accounts: [{ ...ACCOUNT, trsp: {} }] })).code).toBe('DATA_DESCRIPTION');
  });

  test.each(['', 'a b', 'a/b', 'é', 'a:b', '*', '(x)'])('MIID %j is refused', (miid) => {
    expect(failure(() => create({ accounts: [{ ...ACCOUNT, miid }] })).details.where).toBe(
      'accounts[0].miid',
    );
  });

  test.each([
    'https://dm.example.com',
    'https://dm.example.com:443/',
    'HTTPS://[2001:db8::1]:8443/a/b;c=d?e=f/g?h',
    'https://10.1.2.3/%20',
  ])('SrvURI %s', (srvUri) => {
    expect(create({ accounts: [{ ...ACCOUNT, srvUri }] }).findings).toEqual([]);
  });

  test.each([
    '',
    'dm.example.com',
    '//dm.example.com/',
    'https://',
    'https:///path',
    'https://a b/',
    'https://a/ü',
    'https://a/%zz',
    'https://a/[DevID]',
    'https://a:0/',
    'https://a:65536/',
    'https://a:x/',
    'https://[::g]/',
    'https://[1.2.3.4]/',
    'https://user:pass@a/',
    'https://a/#f',
    'coap://a/',
    'javascript:alert(1)',
  ])('SrvURI %j is refused', (srvUri) => {
    expect(failure(() => create({ accounts: [{ ...ACCOUNT, srvUri }] })).details).toEqual({
      path: '$[0].MOData.dms1.SrvURI',
      finding: 'BOOTSTRAP_URI',
    });
  });

  test('http is allowed with a warning', () => {
    expect(create({ accounts: [{ ...ACCOUNT, srvUri: 'http://dm.example.com/' }] }).findings).toMatchObject([
      { severity: 'warning', code: 'BOOTSTRAP_HTTP', where: '$[0].MOData.dms1.SrvURI' },
    ]);
  });

  test('PSK identities of 128 octets pass; longer ones, and short keys, are warned of', () => {
    const withPsk = (identity: string, key: Uint8Array) =>
      create({ accounts: [{ ...ACCOUNT, trsp: { psk: { identity, key } } }] });
    expect(withPsk('é'.repeat(64), KEY).findings).toEqual([]);
    const long = withPsk('x'.repeat(1000), KEY);
    expect(long.findings).toMatchObject([{ severity: 'warning', code: 'BOOTSTRAP_IDENTITY' }]);
    expect(long.accounts[0]?.auth?.trsp?.data).toHaveLength(1000);
    expect(withPsk('x', KEY.subarray(0, 15)).findings).toMatchObject([{ code: 'BOOTSTRAP_SECRET' }]);
    expect(failure(() => withPsk('', KEY)).details.where).toBe('accounts[0].trsp.psk.identity');
    expect(failure(() => withPsk('x', new Uint8Array())).details.where).toBe('accounts[0].trsp.psk.key');
  });
});

describe('any description', () => {
  const label = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/);
  const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  const uri = fc.webUrl({ validSchemes: ['https'] });
  const secret = fc.uint8Array({ minLength: 1, maxLength: 80 });
  const security = fc.record({ psk: fc.record({ identity: words, key: secret }) });
  const extension = fc.dictionary(label, fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null)));
  const optional = { requiredKeys: ['srvId', 'srvUri', 'name'] as ('srvId' | 'srvUri' | 'name')[] };
  const account = fc.record(
    {
      srvId: words,
      srvUri: uri,
      name: words,
      perm: fc.uniqueArray(words, { minLength: 1, maxLength: 4 }),
      bootstrap: fc.tuple(uri, security).map(([serverUri, { psk }]) => ({ serverUri, psk })),
      noti: fc.record({ secret, data: fc.uint8Array({ maxLength: 20 }) }),
      trsp: security,
      push: fc.record({ gcm: fc.record({ senderId: words, regUri: uri, unRegUri: uri }), ext: extension }),
      ext: extension,
    },
    optional,
  );
  const accounts = fc.uniqueArray(account, { maxLength: 3, selector: ({ srvId }) => srvId });

  test('is read back as it was described, and the schema holds', () => {
    fc.assert(
      fc.property(accounts, (described) => {
        const { bytes } = create({ accounts: described });
        expect(isDmmo(JSON.parse(text(bytes)))).toBe(true);
        expect(validateBootstrap(bytes).filter(({ severity }) => severity === 'error')).toEqual([]);
        const read = parseBootstrap(bytes).accounts;
        expect(read).toHaveLength(described.length);
        read.forEach((account, index) => {
          const { srvId, srvUri, name, perm, bootstrap, noti, trsp, push, ext } = described[index]!;
          expect(account).toMatchObject({ srvId, srvUri, name, perm: perm ?? ['*'] });
          expect(account.auth?.bootstrap?.serverUri).toEqual(bootstrap?.serverUri);
          expect(account.auth?.bootstrap?.clientSecretKey).toEqual(bootstrap?.psk?.key);
          expect(account.auth?.noti?.secret).toEqual(noti?.secret);
          expect(account.auth?.noti?.data).toEqual(noti?.data);
          expect(account.auth?.trsp?.data).toEqual(trsp && encodeUtf8(trsp.psk.identity));
          expect(account.auth?.trsp?.secret).toEqual(trsp?.psk.key);
          expect(JSON.stringify(account.push?.ext)).toEqual(JSON.stringify(push?.ext));
          expect(JSON.stringify(account.ext)).toEqual(JSON.stringify(ext));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same octets every time', () => {
    fc.assert(
      fc.property(accounts, (described) => {
        expect(create({ accounts: described }).bytes).toEqual(create({ accounts: described }).bytes);
      }),
      { numRuns: 50 },
    );
  });
});
