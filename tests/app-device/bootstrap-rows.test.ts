/**
 * Rows B.1.4 and B.1.5 about the smartcard (DM 2.0 §8.1, Appendices G and H): cards that answer by hand, a server that
 * keeps what came. In clear every command is compared; inside the secure channel the reference domain judges it.
 */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CardChannel } from '../../src/apdu/index.js';
import {
  Device,
  type DeviceOptions,
  type DeviceReport,
  deviceNetwork,
  type RunDeviceOptions,
  runDevice,
  TEST_DEVICE,
} from '../../src/app/index.js';
import type { CardKeys } from '../../src/bootstrap/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { row } from '../support/conformance.js';
import { accountDocument, scp03Keys } from './cards.js';
import { BLANK, clearCard, type HandCard, SecuredCard } from './hand-cards.js';
import { commands, RawServer } from './server.js';

const BOOTSTRAP_COMPLETE = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}';

let folder: string;
let server: RawServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simboot-rows-'));
  server = await RawServer.start(() => commands(['END']));
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const document = (srvId: string) => accountDocument(srvId, `${server.origin}/${srvId}`);
const sessions = () => server.taken.map(({ path, body }) => [path, body]);

interface Card {
  readonly channel: CardChannel;
  readonly keys?: CardKeys;
  readonly accepts?: boolean;
}

function switchOn(
  { channel, keys, accepts = true }: Card,
  more: Partial<DeviceOptions> = {},
): Promise<DeviceReport> {
  return runDevice({
    stateFolder: join(folder, 'state'),
    devInfo: TEST_DEVICE,
    clock: () => new Date('2026-01-02T03:04:05Z'),
    random: (octets) => new Uint8Array(octets),
    network: deviceNetwork(),
    policy: { plainHttpSessions: true, ...more.policy },
    card: { open: async () => channel, accepts: () => accepts, keysOn: () => keys ?? {} },
  });
}

/** Commands of G.3.5 and G.3.2 by hand, on the basic channel and on logical channel 1. */
const READ_IN_CLEAR = [
  '00a40004023f0000', // SELECT MF
  '00a40004022fe200', // EF(ICCID)
  '00b000000a',
  '00a40004022f0000', // EF(DIR)
  '00b2010426',
  '0070000001', // MANAGE CHANNEL open
  '01a404040ca000000063504b43532d313500', // SELECT by AID, PKCS#15
  '01a4000402503100', // EF(ODF)
  '01b0000010',
  '01a4000402642000', // EF(DODF)
  '01b0000030',
  '01a4000402643100', // EF(DM_Bootstrap)
  '01b0000000',
  '01b0010000',
  '00708001', // MANAGE CHANNEL close
];

async function expectBootstrapped(card: Card): Promise<void> {
  expect(await switchOn(card)).toEqual({
    devId: 'IMEI:004999010640000',
    accounts: [{ srvId: 'dm1', origin: 'smartcard' }],
    sessions: [{ serverId: 'dm1', ended: true }],
    cardRead: true,
  });
  expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
}

const secured = (srvId = 'dm1') => new SecuredCard(document(srvId));

for (const id of ['B.1.4 DM-BOOT-002-C-O', 'B.1.4 DM-BOOT-010-C-O'] as const) {
  row(id, 'received', 'the document of a card that answers by hand becomes an account, and its session', () =>
    expectBootstrapped({ channel: clearCard(document('dm1')) }),
  );
  row(id, 'sent', 'the commands of G.3.5, then Package#1 with BootstrapComplete', async () => {
    const card: HandCard = clearCard(document('dm1'));
    await switchOn({ channel: card });
    expect(card.sent).toEqual(READ_IN_CLEAR);
    expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
  });
}

for (const id of ['B.1.4 DM-BOOT-006-C-O', 'B.1.4 DM-BOOT-011-C-O'] as const) {
  row(id, 'received', 'the document comes wrapped by another implementation of SCP03', () =>
    expectBootstrapped({ channel: secured(), keys: scp03Keys() }),
  );
  row(
    id,
    'sent',
    'after the SELECT of the application every command is wrapped, and judged by it',
    async () => {
      const card = secured();
      await switchOn({ channel: card, keys: scp03Keys() });
      const [initialize, authenticate, ...rest] = card.sent.slice(7);
      expect([initialize, authenticate]).toEqual([
        expect.stringMatching(/^8150300008[0-9a-f]{16}00$/),
        expect.stringMatching(/^8582330010[0-9a-f]{32}$/),
      ]);
      expect(rest.at(-1)).toBe('00708001');
      expect(rest.slice(0, -1).every((command) => command.startsWith('05'))).toBe(true);
      expect(card.inside.slice(0, 5)).toEqual(['a400045031', 'b00000', 'a400046420', 'b00000', 'a400046431']);
      expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
    },
  );
}

row(
  'B.1.4 DM-BOOT-008-C-O',
  'received',
  'a device with a smartcard takes its bootstrap at every start',
  async () => {
    await expectBootstrapped({ channel: clearCard(document('dm1')) });
    expect(await switchOn({ channel: clearCard(document('dm1')) })).toMatchObject({
      accounts: [{ srvId: 'dm1', origin: 'smartcard' }],
      sessions: [],
      cardRead: true,
    });
  },
);
row('B.1.4 DM-BOOT-008-C-O', 'sent', 'the same commands at the second start', async () => {
  await switchOn({ channel: clearCard(document('dm1')) });
  const again = clearCard(document('dm1'));
  await switchOn({ channel: again });
  expect(again.sent).toEqual(READ_IN_CLEAR);
});

row(
  'B.1.4 DM-BOOT-009-C-O',
  'received',
  'nothing is taken where the policy or the device says no',
  async () => {
    const off = await switchOn(
      { channel: clearCard(document('dm1')) },
      { policy: { smartcardBootstrap: false } },
    );
    expect(off).toMatchObject({ accounts: [], sessions: [] });
    expect(off.cardRead).toBeUndefined();
    const rejected = await switchOn({ channel: clearCard(document('dm1')), accepts: false });
    expect(rejected).toMatchObject({ accounts: [], sessions: [], cardRead: false });
    expect(sessions()).toEqual([]);
  },
);
row(
  'B.1.4 DM-BOOT-009-C-O',
  'sent',
  'no command with the function off; who it is and no more to a rejected card',
  async () => {
    const untouched = clearCard(document('dm1'));
    await switchOn({ channel: untouched }, { policy: { smartcardBootstrap: false } });
    expect(untouched.sent).toEqual([]);
    const rejected = clearCard(document('dm1'));
    await switchOn({ channel: rejected, accepts: false });
    expect(rejected.sent).toEqual(READ_IN_CLEAR.slice(0, 3));
  },
);

row(
  'B.1.4 DM-BOOT-012-C-O',
  'received',
  'a server that is no longer on the card is removed, after a whole read only',
  async () => {
    await expectBootstrapped({ channel: clearCard(document('dm1')) });
    // Torn out in the middle: nothing is known of the card, nothing goes.
    const torn = clearCard(BLANK);
    const transmit = torn.transmit.bind(torn);
    torn.transmit = (command) =>
      torn.sent.length < 11 ? transmit(command) : Promise.resolve(Uint8Array.of(0x65, 0x81));
    expect(await switchOn({ channel: torn })).toMatchObject({
      accounts: [{ srvId: 'dm1' }],
      cardRead: false,
    });
    expect(await switchOn({ channel: clearCard(document('dm2')) })).toMatchObject({
      accounts: [{ srvId: 'dm2', origin: 'smartcard' }],
    });
    expect(await switchOn({ channel: clearCard(BLANK) })).toMatchObject({ accounts: [], sessions: [] });
  },
);
row(
  'B.1.4 DM-BOOT-012-C-O',
  'sent',
  'no session with the removed server, though one was wanted',
  async () => {
    await switchOn({ channel: clearCard(document('dm1')) });
    await switchOn({ channel: clearCard(document('dm2')) });
    expect(sessions()).toEqual([
      ['/dm1', BOOTSTRAP_COMPLETE],
      ['/dm2', BOOTSTRAP_COMPLETE],
    ]);
  },
);

for (const id of ['B.1.5 DM-SEC-013-C-O', 'B.1.5 DM-SEC-014-C-O'] as const) {
  row(
    id,
    'received',
    'answers with a MAC that is not the card’s end the reading, and change nothing',
    async () => {
      await expectBootstrapped({ channel: secured(), keys: scp03Keys() });
      const forged = secured('dm2');
      const transmit = forged.transmit.bind(forged);
      forged.transmit = async (command) => {
        const answer = await transmit(command);
        if (command[0] === 0x05 && command[1] === 0xb0) answer[0]! ^= 1;
        return answer;
      };
      expect(await switchOn({ channel: forged, keys: scp03Keys() })).toMatchObject({
        accounts: [{ srvId: 'dm1' }],
        cardRead: false,
      });
    },
  );
  row(
    id,
    'sent',
    'the reference domain accepts the cryptogram, every MAC and the encryption of each command',
    async () => {
      const card = secured();
      await switchOn({ channel: card, keys: scp03Keys() });
      expect(card.domain.authenticated).toBe(true);
      // The reference domain ends the session at the first wrong MAC or padding: all of these came through.
      expect(card.domain.plain).toHaveLength(card.sent.filter((command) => command.startsWith('05')).length);
    },
  );
  row(id, 'sent', 'no EXTERNAL AUTHENTICATE to a card whose cryptogram is wrong', async () => {
    const card = secured();
    expect(await switchOn({ channel: card, keys: scp03Keys('00'.repeat(16)) })).toMatchObject({
      accounts: [],
      cardRead: false,
    });
    expect(card.sent.some((command) => command.startsWith('8582'))).toBe(false);
  });
}

/** A device without a card; what a test does with it. */
async function withoutCard(more: Partial<RunDeviceOptions>, policy = { plainHttpSessions: true }) {
  return runDevice({
    stateFolder: join(folder, 'state'),
    devInfo: TEST_DEVICE,
    clock: () => new Date('2026-01-02T03:04:05Z'),
    random: (octets) => new Uint8Array(octets),
    network: deviceNetwork(),
    policy,
    ...more,
  });
}

for (const id of ['B.1.4 DM-BOOT-001-C-M', 'B.1.4 DM-BOOT-003-C-O'] as const) {
  row(id, 'sent', 'BootstrapComplete to the server of the factory’s document, once', async () => {
    await withoutCard({ factory: encodeUtf8(document('dm1')) });
    await withoutCard({ factory: encodeUtf8(document('dm1')) });
    expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
  });
}

row('B.1.4 DM-BOOT-004-C-O', 'received', 'the document that the bootstrap server answers with', async () => {
  const dmmo = { 'content-type': 'application/dmmo+json' };
  const other = await RawServer.start(() => ({ headers: dmmo, body: document('dm1') }));
  const report = await withoutCard({ bootstrapUrl: `${other.origin}/b?d=[DevID]` });
  await other.stop();
  expect(report.accounts).toEqual([{ srvId: 'dm1', origin: 'client' }]);
  expect(other.taken).toMatchObject([{ method: 'GET', path: '/b?d=IMEI:004999010640000' }]);
  expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
});

row(
  'B.1.4 DM-BOOT-005-C-O',
  'sent',
  'BootstrapComplete after a document that came through an adapter',
  async () => {
    const device = await Device.start({
      stateFolder: join(folder, 'state'),
      devInfo: TEST_DEVICE,
      clock: () => new Date('2026-01-02T03:04:05Z'),
      random: (octets) => new Uint8Array(octets),
      network: deviceNetwork(),
      policy: { plainHttpSessions: true },
    });
    device.receiveBootstrap(encodeUtf8(document('dm1')), 'a test');
    await device.idle();
    await device.stop();
    expect(sessions()).toEqual([['/dm1', BOOTSTRAP_COMPLETE]]);
  },
);

row('B.1.4 DM-BOOT-007-C-M', 'sent', 'nothing is asked for without TLS', async () => {
  const report = await withoutCard({ bootstrapUrl: `${server.origin}/b` }, { plainHttpSessions: false });
  expect(report.accounts).toEqual([]);
  expect(server.taken).toEqual([]);
});

/** Appendix E.1 by hand: header of the push, then Package#0 of §7.1.1 with SERVER-ID `dm1`. */
const PUSH = Uint8Array.from(Buffer.from(`010603d8af8720801003${Buffer.from('dm1').toString('hex')}`, 'hex'));

for (const id of ['B.1.6 DM-MEC-003-C-O', 'B.1.6 DM-MEC-004-C-O'] as const) {
  for (const direction of ['received', 'sent'] as const) {
    const title = {
      received: 'a datagram by hand at the port of the device starts a session',
      sent: 'Package#1 with ServerInitiatedMgmt, once, to the account’s server',
    }[direction];
    row(id, direction, title, async () => {
      await withoutCard({ factory: encodeUtf8(document('dm1')) });
      server.taken.length = 0;
      const report = await withoutCard({
        push: { host: '127.0.0.1', port: 0 },
        once: true,
        onListening: ({ port }) => {
          const socket = createSocket('udp4');
          socket.send(PUSH, port, '127.0.0.1', () => socket.close());
        },
      });
      expect(report.sessions).toEqual([{ serverId: 'dm1', ended: true }]);
      expect(sessions()).toEqual([
        ['/dm1', '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt"}]}'],
      ]);
    });
  }
}
