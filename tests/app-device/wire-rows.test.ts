/** Rows of the client over real sockets: Package#2 and data written by hand, everything sent compared octet by octet. */
import { createHash } from 'node:crypto';
import { row } from '../support/conformance.js';
import { accountDocument } from './cards.js';
import { DEV_ID, leafOf, MO, NOTI, onWire, type Wire } from './wire.js';

const DMMO = { 'content-type': 'application/dmmo+json' };
const RESPONSE = 'application/vnd.oma.dm.response+json';

/** The only Package#3 of the session, without parts. */
function package3(wire: Wire): string {
  const [, answer, ...more] = wire.packages();
  expect(more).toEqual([]);
  expect(answer).toMatchObject({
    method: 'POST',
    headers: { 'content-type': RESPONSE, 'omadm-devid': DEV_ID },
  });
  return answer!.body;
}

async function status(list: string[][], options: Parameters<typeof onWire>[0] = {}): Promise<string> {
  let sent = '';
  await onWire(options, async (wire) => {
    await wire.session(...list);
    sent = package3(wire);
  });
  return sent;
}

const B11 = (row: string) => `B.1.1 DM-PACK-${row}`;

describe('packages', () => {
  row(B11('001-C-M'), 'received', 'Package#2 after Package#1 and after Package#3, until END', () =>
    onWire({}, async (wire) => {
      await wire.session(['DELETE', `${MO}/main/Group/a`]);
      expect(leafOf(wire, 'Group', 'a')).toBeUndefined();
      expect(wire.packages()).toHaveLength(2);
      expect(wire.events.at(-1)).toMatchObject({ type: 'session-ended', outcome: { kind: 'ended' } });
    }),
  );
  row(B11('011-C-M'), 'received', 'what answers Package#1 is taken as Package#2', () =>
    onWire({}, async (wire) => {
      await wire.session(['DELETE', `${MO}/main/Group/b`]);
      const [initiation] = wire.packages();
      expect(initiation).toMatchObject({
        method: 'POST',
        headers: { 'content-type': 'application/vnd.oma.dm.initiation+json', 'omadm-devid': DEV_ID },
        body: '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}',
      });
      expect(initiation!.headers.accept).toContain('application/vnd.oma.dm.request+json');
      expect(leafOf(wire, 'Group', 'b')).toBeUndefined();
    }),
  );
  row(B11('012-C-M'), 'sent', 'one status for each command, in their order', async () => {
    const list = [
      ['DELETE', `${MO}/main/Group/a`],
      ['NOTHING'],
      ['DELETE', `${MO}/main/nowhere`],
      ['DELETE'],
    ];
    expect(await status(list)).toBe('{"Status":[{"sc":200},{"sc":501},{"sc":404},{"sc":400}]}');
  });
  row(B11('013-C-M'), 'received', 'Package#2 that answers Package#3 is carried out as the first', () =>
    onWire({}, async (wire) => {
      await wire.rounds([['DELETE', `${MO}/main/Group/a`]], [['DELETE', `${MO}/main/nowhere`]]);
      expect(wire.packages().map(({ body }) => body)).toEqual([
        '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}',
        '{"Status":[{"sc":200}]}',
        '{"Status":[{"sc":404}]}',
      ]);
    }),
  );
});

describe('commands and their traffic', () => {
  const upload = (method: 'HPUT' | 'HPOST') =>
    onWire({ other: () => ({ status: 200 }) }, async (wire) => {
      await wire.session([
        method,
        `${wire.server.origin}/repository/1`,
        `${MO}/main/Level`,
        `${MO}/main/Group`,
      ]);
      expect(wire.others()).toMatchObject([
        {
          method: method.slice(1),
          path: '/repository/1',
          headers: DMMO,
          body:
            `[{"ClientURI":"${MO}/main/Level","MOData":{"Level":7}},` +
            `{"ClientURI":"${MO}/main/Group","MOData":{"Group":{"a":"1","b":"2"}}}]`,
        },
      ]);
      expect(package3(wire)).toBe('{"Status":[{"sc":200}]}');
    });
  row(B11('015-C-M'), 'received', 'HPUT: two places in one PUT', () => upload('HPUT'));
  row(B11('016-C-M'), 'received', 'HPOST: two places in one POST', () => upload('HPOST'));
  row(
    B11('017-C-M'),
    'sent',
    'DELETE: 200, then 404 for what is gone, 405 for a permanent node',
    async () => {
      const list = [
        ['DELETE', `${MO}/main/Group`],
        ['DELETE', `${MO}/main/Group/a`],
        ['DELETE', 'urn:oma:mo:oma-dm-devinfo:1.2//DevID'],
      ];
      expect(await status(list)).toMatch(/^\{"Status":\[\{"sc":200\},\{"sc":404\},\{"sc":40[35]\}\]\}$/);
    },
  );
  row(B11('018-C-M'), 'sent', 'EXEC: the status of the program; 404 where nothing is', async () => {
    const exec = new Map([[`${MO}/*/Reset`, async () => ({ status: 1234 })]]);
    const list = [
      ['EXEC', `${MO}/main/Reset`],
      ['EXEC', `${MO}/main/nowhere`],
    ];
    expect(await status(list, { exec })).toBe('{"Status":[{"sc":1234},{"sc":404}]}');
  });
  row(
    B11('019-C-O'),
    'sent',
    'GET: Package#3 first and nameless, the data named by the place of its status',
    () =>
      onWire({}, async (wire) => {
        await wire.session(['GET', `${MO}/main/nowhere`], ['GET', `${MO}/main/Group`]);
        const [, answer] = wire.packages();
        const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(answer!.headers['content-type']!)![1];
        expect(answer!.body).toBe(
          [
            `--${boundary}`,
            'Content-Disposition: form-data',
            `Content-Type: ${RESPONSE}`,
            '',
            '{"Status":[{"sc":404},{"sc":200}]}',
            `--${boundary}`,
            'Content-Disposition: form-data; name="1"',
            'Content-Type: application/dmmo+json',
            '',
            `[{"ClientURI":"${MO}/main/Group","MOData":{"Group":{"a":"1","b":"2"}}}]`,
            `--${boundary}--`,
            '',
          ].join('\r\n'),
        );
      }),
  );
  row(
    B11('020-C-O'),
    'sent',
    'SHOW: 200 once the browser is started; the next command does not wait',
    async () => {
      const pages: string[] = [];
      const browser = async (url: string) => pages.push(url) > 0;
      const list = [
        ['SHOW', 'https://dm.example.com/ui?uiid=1234'],
        ['DELETE', `${MO}/main/Group`],
      ];
      expect(await status(list, { browser })).toBe('{"Status":[{"sc":200},{"sc":200}]}');
      expect(pages).toEqual(['https://dm.example.com/ui?uiid=1234']);
    },
  );
  row(
    B11('020-C-O'),
    'sent',
    'SHOW without a browser: 501, one that does not start: 500; the next command runs',
    async () => {
      const list = [
        ['SHOW', 'https://dm.example.com/ui'],
        ['DELETE', `${MO}/main/Group`],
      ];
      expect(await status(list)).toBe('{"Status":[{"sc":501},{"sc":200}]}');
      expect(await status(list, { browser: async () => false })).toBe('{"Status":[{"sc":500},{"sc":200}]}');
    },
  );
  row(B11('021-C-M'), 'sent', 'CONT: Package#3 goes to the new address, and those after it', () =>
    onWire({}, async (wire) => {
      await wire.session(['CONT', `${wire.server.origin}/dm/other`]);
      expect(wire.packages().map(({ path }) => path)).toEqual(['/dm', '/dm/other']);
      expect(package3(wire)).toBe('{"Status":[{"sc":200}]}');
    }),
  );
  row(B11('022-C-M'), 'sent', 'END: everything runs, and no Package#3 leaves', () =>
    onWire({}, async (wire) => {
      await wire.session(['DELETE', `${MO}/main/Group/a`], ['END']);
      expect(leafOf(wire, 'Group', 'a')).toBeUndefined();
      expect(wire.packages()).toHaveLength(1);
    }),
  );
  row(B11('023-C-O'), 'sent', 'DEFAULT: 200; a GET of the address when an application misses the MOID', () =>
    onWire(
      {
        other: () => ({
          headers: DMMO,
          body: '[{"ClientURI":"urn:example:mo:mail//","MOData":{"x":{"Host":"mail.example.com"}}}]',
        }),
      },
      async (wire) => {
        await wire.session(['DEFAULT', `${wire.server.origin}/default?d=[DevID]`, 'urn:example:mo:mail']);
        expect(package3(wire)).toBe('{"Status":[{"sc":200}]}');
        expect(wire.others()).toEqual([]);
        expect(await wire.device.requestLocally('mail-app', 'urn:example:mo:mail')).toMatchObject({
          status: 200,
        });
        expect(wire.others()).toMatchObject([{ method: 'GET', path: `/default?d=${DEV_ID}` }]);
      },
    ),
  );
  row(B11('024-C-O'), 'received', 'SUB: a change in a later session brings a PUT of the sub-tree', () =>
    onWire({ other: () => ({ status: 200 }) }, async (wire) => {
      await wire.session(['SUB', `${wire.server.origin}/reports`, `${MO}/main/Group`]);
      expect(package3(wire)).toBe('{"Status":[{"sc":200}]}');
      await wire.session(['DELETE', `${MO}/main/Group/a`]);
      await wire.device.idle();
      expect(wire.others()).toMatchObject([
        {
          method: 'PUT',
          path: '/reports',
          body: `[{"ClientURI":"${MO}/main/Group","MOData":{"Group":{"b":"2"}}}]`,
        },
      ]);
    }),
  );
  row(B11('025-C-O'), 'sent', 'UNSUB: 200, then 404, and no report any more', () =>
    onWire({ other: () => ({ status: 200 }) }, async (wire) => {
      const uri = `${MO}/main/Group`;
      await wire.session(
        ['SUB', `${wire.server.origin}/reports`, uri],
        ['UNSUB', uri],
        ['UNSUB', uri],
        ['DELETE', `${uri}/a`],
      );
      expect(package3(wire)).toBe('{"Status":[{"sc":200},{"sc":200},{"sc":404},{"sc":200}]}');
      expect(wire.others()).toEqual([]);
    }),
  );
});

describe('reports and alerts', () => {
  row(
    B11('026-C-M'),
    'received',
    'an alert of the device travels with the next Package#1, and only once',
    () =>
      onWire({}, async (wire) => {
        wire.device.alert({
          alert: { alertType: 'urn:example:at:heat', sourceUri: `${MO}/main/Level`, mark: 'warning' },
          serverId: 'dm1',
        });
        await wire.session(['END']);
        expect(wire.packages()[0]!.body).toBe(
          '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},' +
            `{"AlertType":"urn:example:at:heat","SourceURI":"${MO}/main/Level","Mark":"warning"}]}`,
        );
        await wire.session(['END']);
        expect(wire.packages()[0]!.body).not.toContain('heat');
      }),
  );
  row(
    B11('027-C-M'),
    'received',
    'EXEC without an address: the status comes in Package#3 of the same round',
    async () => {
      const exec = new Map([[`${MO}/*/Reset`, async () => ({ status: 200 })]]);
      expect(await status([['EXEC', `${MO}/main/Reset`]], { exec })).toBe('{"Status":[{"sc":200}]}');
    },
  );
  row(
    B11('028-C-M'),
    'received',
    'EXEC with an address: 202, then an alert there in a session of its own',
    async () => {
      const exec = new Map([[`${MO}/*/Reset`, async () => ({ status: 1200, data: { left: 3 } })]]);
      await onWire({ exec }, async (wire) => {
        await wire.session(['EXEC', `${MO}/main/Reset`, `${wire.server.origin}/dm/alerts`]);
        await wire.device.idle();
        const [, answer, later] = wire.packages();
        expect(answer!.body).toBe('{"Status":[{"sc":202}]}');
        expect(later).toMatchObject({ path: '/dm/alerts' });
        expect(JSON.parse(later!.body)).toEqual({
          Alert: [
            { AlertType: 'urn:oma:at:dm:2.0:ClientInitiatedMgmt' },
            {
              AlertType: expect.stringContaining('example'),
              SourceURI: `${MO}/main/Reset`,
              DataType: 'application/json',
              Data: { sc: 1200, left: 3 },
            },
          ],
        });
      });
    },
  );
});

/** Package#0 by hand (§7.1.1): VER 2 and OC in the first two octets, options as delta, length, value. */
function package0(
  options: readonly (readonly [number: number, hex: string])[],
  version = 2,
  count = options.length,
) {
  let before = 0;
  const body = options.map(([number, value]) => {
    const head = ((number - before) << 12) | (value.length / 2);
    before = number;
    return head.toString(16).padStart(4, '0') + value;
  });
  const header = ((version << 12) | (count << 7)).toString(16).padStart(4, '0');
  return Uint8Array.from(Buffer.from(header + body.join(''), 'hex'));
}

const DM1 = Buffer.from('dm1').toString('hex');
const SERVER = [1, DM1] as const;
const SERVER_INITIATED = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt"}]}';

/** What a device sends on this notification. */
async function reaction(
  bytes: Uint8Array,
  options: Parameters<typeof onWire>[0] = {},
  more?: (wire: Wire) => Promise<void>,
): Promise<string[]> {
  let sent: string[] = [];
  await onWire(options, async (wire) => {
    wire.device.receive(bytes, 'test');
    await wire.device.idle();
    await more?.(wire);
    sent = wire.packages().map(({ body }) => body);
  });
  return sent;
}

describe('what a notification brings about', () => {
  row(B11('002-C-O'), 'sent', 'Package#1 with ServerInitiatedMgmt', async () => {
    expect(await reaction(package0([SERVER]))).toEqual([SERVER_INITIATED]);
  });
  row(B11('003-C-O'), 'sent', 'no Package#1 for another version', async () => {
    expect(await reaction(package0([SERVER], 1))).toEqual([]);
    expect(await reaction(package0([SERVER], 3))).toEqual([]);
  });
  row(B11('004-C-O'), 'sent', 'no Package#1 where fewer options are there than OC says', async () => {
    expect(await reaction(package0([SERVER], 2, 2))).toEqual([]);
  });
  row(
    B11('005-C-O'),
    'sent',
    'Package#1 goes to the server that SERVER-ID names, and to no other',
    async () => {
      expect(await reaction(package0([SERVER]))).toHaveLength(1);
      expect(await reaction(package0([[1, Buffer.from('dm2').toString('hex')]]))).toEqual([]);
    },
  );
  row(B11('006-C-O'), 'sent', 'Package#1 waits for a preferred connection, unless any will do', async () => {
    const wlan = package0([SERVER, [2, '02']]);
    const any = package0([SERVER, [2, '0200']]);
    const connections = { available: ['cellular' as const] };
    expect(await reaction(wlan, { connections })).toEqual([]);
    expect(await reaction(any, { connections })).toEqual([SERVER_INITIATED]);
    const later = async ({ device }: Wire) => {
      device.connect({ available: ['cellular', 'wlan'] });
      await device.idle();
    };
    expect(await reaction(wlan, { connections }, later)).toEqual([SERVER_INITIATED]);
  });
  row(
    B11('007-C-O'),
    'sent',
    'NOTIFICATION-ID comes back in the alert; the same one twice brings one session',
    async () => {
      const bytes = package0([SERVER, [3, '1234']]);
      const twice = async ({ device }: Wire) => {
        device.receive(bytes, 'test');
        await device.idle();
      };
      expect(await reaction(bytes, {}, twice)).toEqual([
        '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json","Data":{"NOTIFICATION-ID":4660}}]}',
      ]);
    },
  );
  row(B11('008-C-O'), 'sent', 'Package#1 for the right digest alone', async () => {
    const zero = package0([SERVER, [4, '00'.repeat(32)]]);
    const secret = Buffer.from(NOTI.secret, 'base64');
    const auth = Buffer.from(NOTI.data, 'base64');
    const digest = createHash('sha256').update(secret).update(zero).update(auth).digest('hex');
    expect(await reaction(package0([SERVER, [4, digest]]))).toEqual([SERVER_INITIATED]);
    expect(await reaction(zero)).toEqual([]);
    const unknown = { account: { Auth: {} } };
    expect(await reaction(package0([SERVER, [4, digest]]), unknown)).toEqual([]);
  });
  row(B11('009-C-O'), 'sent', 'no Package#1 for a time that is too old', async () => {
    const at = (iso: string) =>
      Math.floor(Date.parse(iso) / 1000)
        .toString(16)
        .padStart(8, '0');
    expect(await reaction(package0([SERVER, [5, at('2026-01-02T03:00:00Z')]]))).toEqual([SERVER_INITIATED]);
    expect(await reaction(package0([SERVER, [5, at('2025-12-01T00:00:00Z')]]))).toEqual([]);
  });
  row(B11('010-C-O'), 'sent', 'REQ-MOS: Package#1 has the MOs that the server may know', async () => {
    const [body] = await reaction(package0([SERVER, [6, '']]));
    const { MOS } = JSON.parse(body!) as { MOS: { MOID: string; MIID: string[] }[] };
    expect(MOS).toContainEqual(expect.objectContaining({ MOID: MO, MIID: ['main'] }));
    expect(JSON.parse((await reaction(package0([SERVER])))[0]!)).not.toHaveProperty('MOS');
  });
});

describe('ServerURI on the wire (§6.2)', () => {
  const known = { MNC: '01', MCC: '262', CMNC: '02', CMCC: '310', SPName: 'A&B mobile' };
  async function fetched(query: string, networkValues = {}): Promise<string> {
    let path = '';
    await onWire({ networkValues, other: () => ({ status: 404 }) }, async (wire) => {
      await wire.session(['HGET', `${wire.server.origin}/r?${query}`]);
      path = wire.others()[0]!.path;
    });
    return path;
  }
  const cases: [row: string, name: keyof typeof known, value: string][] = [
    ['005-C-M', 'MNC', '01'],
    ['006-C-M', 'MCC', '262'],
    ['007-C-M', 'CMNC', '02'],
    ['008-C-M', 'CMCC', '310'],
    ['009-C-M', 'SPName', 'A%26B%20mobile'],
  ];
  for (const [id, name, value] of cases) {
    row(
      `B.1.2 DM-OBJ-${id}`,
      'sent',
      `[${name}] in the address of the GET, -1 where it is unknown`,
      async () => {
        expect(await fetched(`v=[${name}]`, known)).toBe(`/r?v=${value}`);
        expect(await fetched(`v=[${name}]`)).toBe('/r?v=-1');
      },
    );
  }
  row('B.1.2 DM-OBJ-004-C-M', 'sent', '[DevID] in the address of the GET', async () => {
    expect(await fetched('d=[DevID]')).toBe(`/r?d=${DEV_ID}`);
  });
  row('B.1.2 DM-OBJ-003-C-M', 'sent', 'all parameters of one address, the rest as it stands', async () => {
    expect(await fetched('d=[DevID]&m=[MCC]-[MNC]&x=%5B1%5D', known)).toBe(
      `/r?d=${DEV_ID}&m=262-01&x=%5B1%5D`,
    );
  });
});

row('B.1.6 DM-MEC-005-C-O', 'sent', 'the RegId to RegURI and back to UnRegURI, as a form (E.2.3)', () =>
  onWire({ other: () => ({ status: 200 }) }, async (wire) => {
    const { origin } = wire.server;
    const gcm = { SenderID: '1', RegURI: `${origin}/reg`, UnRegURI: `${origin}/unreg`, RegParams: '' };
    const document = accountDocument('dm2', `${origin}/dm2`, { Push: { GCM: gcm } });
    wire.device.receiveBootstrap(Uint8Array.from(Buffer.from(document)), 'test');
    await wire.device.idle();
    wire.device.pushRegistered('reg&1');
    await wire.device.idle();
    wire.device.pushUnregistered('reg&1');
    await wire.device.idle();
    const form = { 'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded/) };
    expect(wire.others().filter(({ path }) => path !== '/dm2')).toMatchObject([
      { method: 'POST', path: '/reg', headers: form, body: expect.stringMatching(/(^|&)RegId=reg%261(&|$)/) },
      {
        method: 'POST',
        path: '/unreg',
        headers: form,
        body: expect.stringMatching(/(^|&)RegId=reg%261(&|$)/),
      },
    ]);
  }),
);

test('an alert of DM 1.x goes on in the form of DM 2.0; an application that fails is 500', () => {
  const exec = new Map([
    [
      `${MO}/*/Reset`,
      () => {
        throw new Error('broken');
      },
    ],
  ]);
  return onWire({ exec }, async (wire) => {
    const xml =
      '<Alert><CmdID>1</CmdID><Data>1226</Data><Item><Source><LocURI>./x</LocURI></Source><Meta>' +
      '<Type xmlns="syncml:metinf">urn:example:at:old</Type><Format xmlns="syncml:metinf">chr</Format></Meta>' +
      '<Data>42</Data></Item></Alert>';
    const places = [{ path: './x', clientUri: `${MO}/main` }];
    wire.device.alertDm1x({ xml: Uint8Array.from(Buffer.from(xml)), places, serverId: 'dm1' });
    await wire.session(['EXEC', `${MO}/main/Reset`]);
    expect(wire.packages()[0]!.body).toContain(`"AlertType":"urn:example:at:old","SourceURI":"${MO}/main`);
    expect(package3(wire)).toBe('{"Status":[{"sc":500}]}');
  });
});

row('B.1.2 DM-OBJ-002-C-O', 'sent', 'the canonical ClientURI of what x-name, nv, lv and wildcard found', () =>
  onWire({}, async (wire) => {
    await wire.session(['GET', `${MO}/(x)/Group?nv=(x)/Name:first&lv=1`], ['GET', `${MO}/*/Group/a`]);
    const [, answer] = wire.packages();
    expect(answer!.body).toContain('{"Status":[{"sc":200},{"sc":200}]}');
    expect(answer!.body).toContain(`[{"ClientURI":"${MO}/main/Group","MOData":`);
  }),
);
