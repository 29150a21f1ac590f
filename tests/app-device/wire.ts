/** A device over a real socket: packages by hand go in, what it sent is kept octet by octet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Device,
  type DeviceEvent,
  type DeviceOptions,
  deviceNetwork,
  TEST_DEVICE,
} from '../../src/app/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { accountDocument } from './cards.js';
import { commands, RawServer, type Replies, type Taken } from './server.js';

export const DEV_ID = 'IMEI:004999010640000';
export const MO = 'urn:example:mo:settings';
/** The digest of Auth/Noti is made with these (§5.2.1.2). */
export const NOTI = { secret: 'c2VjcmV0', data: 'AQI=' };

type Reply = Awaited<ReturnType<Replies>>;

export interface Wire {
  readonly device: Device;
  readonly server: RawServer;
  readonly events: DeviceEvent[];
  /** Packages, without those of the bootstrap. */
  packages(): Taken[];
  /** What did not go to the server's own address. */
  others(): Taken[];
  /** A session of the client that the server answers with these commands, then with END. */
  session(...list: string[][]): Promise<void>;
  /** The same with several Package#2. */
  rounds(...lists: string[][][]): Promise<void>;
}

export interface WireOptions extends Partial<DeviceOptions> {
  /** Answers what is not a package. */
  readonly other?: (request: Taken) => Reply;
  /** More members of the account. */
  readonly account?: Record<string, unknown>;
}

/** Runs with a device that is bootstrapped with one server and one object of its own, and cleans up. */
export async function onWire(options: WireOptions, run: (wire: Wire) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-wire-'));
  const { other, account, ...more } = options;
  const next: Reply[] = [];
  const server = await RawServer.start((request) => {
    if (request.path.startsWith('/dm')) return next.shift() ?? commands(['END']);
    return other?.(request) ?? { status: 404 };
  });
  const events: DeviceEvent[] = [];
  const noti = { Auth: { Noti: { Type: 0, Data: NOTI.data, Secret: NOTI.secret } } };
  const factory = JSON.stringify([
    ...JSON.parse(accountDocument('dm1', `${server.origin}/dm`, { ...noti, ...account })),
    {
      ClientURI: `${MO}/main/`,
      MOData: { main: { Level: 7, Name: 'first', Group: { a: '1', b: '2' }, Reset: null } },
    },
  ]);
  const device = await Device.start({
    stateFolder: join(folder, 'state'),
    devInfo: TEST_DEVICE,
    clock: () => new Date('2026-01-02T03:04:05Z'),
    random: (octets) => new Uint8Array(octets).fill(0x5a),
    network: deviceNetwork(),
    policy: { plainHttpSessions: true },
    factory: encodeUtf8(factory),
    onEvent: (event) => events.push(event),
    ...more,
  });
  const isPackage = ({ path }: Taken) => path.startsWith('/dm');
  let before = 0;
  const wire: Wire = {
    device,
    server,
    events,
    packages: () => server.taken.slice(before).filter(isPackage),
    others: () => server.taken.slice(before).filter((taken) => !isPackage(taken)),
    session: (...list) => wire.rounds(list),
    rounds: async (...lists) => {
      before = server.taken.length;
      next.push(...lists.map((list) => commands(...list)));
      device.startSession('dm1');
      await device.idle();
    },
  };
  try {
    await device.idle();
    before = server.taken.length;
    await run(wire);
  } finally {
    await device.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** A leaf of the device's own object; `undefined` where it is not there. */
export function leafOf({ device }: Wire, ...path: string[]): unknown {
  const node = device.state.tree.node({ moid: MO, miid: 'main', path });
  return node?.kind === 'leaf' ? node.value : node;
}
