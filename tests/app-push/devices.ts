/** Devices behind UDP sockets: a receiver with a SIM each, and the session that follows, as the DM server keeps it. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { PUSH_INFO_MEDIA_TYPE } from '../../src/app/index.js';
import { PushReceiver, parseBootstrap } from '../../src/bootstrap/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { Milenage, openAutn } from '../../src/crypto/index.js';
import type { ServerStore } from '../../src/dm/index.js';
import { decodeWspMessage } from '../../src/net/index.js';

export const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
export const OPC = 'cd63cb71954a9f4e48a5994e37a02baf';

/** A receiver whose SIM is Milenage itself. */
export function receiverOf(impi: string, k = fromHex(K), clock = () => new Date()): PushReceiver {
  const functions = new Milenage({ k, opc: fromHex(OPC) });
  return new PushReceiver({
    impi,
    clock,
    card: {
      async authenticate(rand, autn) {
        const opened = openAutn(functions, rand, autn);
        if (opened === undefined) throw new Error('wrong MAC');
        return { kind: 'accepted', ck: opened.ck, ik: opened.ik };
      },
      gbaKey: () => Promise.reject(new Error('no GBA_U')),
    },
  });
}

/** What the server keeps when a device came with a pushed document. @throws where it does not know its identity */
export async function comeWith(accounts: ServerStore, accountId: string, document: Uint8Array, at: number) {
  const account = await accounts.account(accountId);
  const identity = Buffer.from(parseBootstrap(document).accounts[0]!.auth!.trsp!.data).toString();
  const known = account?.credentials.some(
    (each) => each.kind === 'identity-secret' && each.identity === identity,
  );
  if (account === undefined || known !== true) throw new Error(`the server does not know ${identity}`);
  const devId = `IMEI:${accountId.replace(/\D/g, '')}`;
  const device = { devId, accountId, addresses: [], lastNotificationId: -1, firstSeenAt: at };
  await accounts.apply(devId, [
    { type: 'bind', accountId, devId },
    { type: 'device', record: { ...device, bootstrappedAt: at, bootstrappedAs: identity } },
  ]);
}

export interface UdpDevice {
  readonly address: string;
  readonly documents: readonly Uint8Array[];
  close(): void;
}

/** A device that hears pushes on a port of its own, and hands over each document that opens. */
export async function udpDevice(
  receiver: PushReceiver,
  got: (document: Uint8Array) => Promise<void> = async () => {},
): Promise<UdpDevice> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const documents: Uint8Array[] = [];
  let before: Promise<void> = Promise.resolve();
  const take = async (octets: Uint8Array) => {
    const { mediaType, body } = decodeWspMessage(octets);
    const received =
      mediaType === PUSH_INFO_MEDIA_TYPE ? await receiver.pushInfo(body) : receiver.message(body);
    if (received.kind !== 'bootstrap') return;
    documents.push(received.document);
    await got(received.document);
  };
  socket.on('message', (octets) => {
    before = before.then(() => take(Uint8Array.from(octets)));
  });
  return { address: `udp:127.0.0.1:${socket.address().port}`, documents, close: () => socket.close() };
}
