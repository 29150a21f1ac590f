/** The start of DM 2.0 Appendix H: a logical channel, the application selected in clear, then the secure channel. */
import {
  ApduProcessor,
  type CardChannel,
  type CommandProcessor,
  claForChannel,
  isDone,
  observe,
  statusError,
} from '../apdu/index.js';
import { toHex } from '../bytes/index.js';
import { CardError } from '../errors/index.js';
import { type HandshakeOptions, Scp03Handshake } from './scp03/handshake.js';
import type { Scp03Session } from './scp03/session.js';

export interface SecureApplicationOptions extends Omit<HandshakeOptions, 'logicalChannel' | 'selectedAid'> {
  /** The application; its security domain holds the keys (GPC 2.3.1 §7.2), and is not selected itself. */
  readonly aid: Uint8Array;
  /** A logical channel that is open already; otherwise one is opened. */
  readonly logicalChannel?: number;
}

export interface SecureApplication {
  readonly session: Scp03Session;
  /** What SELECT answered, in clear. */
  readonly selectResponse: Uint8Array;
  /** Ends the secure channel, and closes the logical channel where it was opened here. */
  close(): Promise<void>;
}

/**
 * Opens a secure channel to an application. After it, files are selected by identifier or path inside the channel; the
 * application must not be selected again.
 *
 * @throws CardError, SecurityError as `Scp03Handshake.complete`; a logical channel opened here is closed again then
 */
export async function openSecureApplication(
  channel: CardChannel,
  options: SecureApplicationOptions,
): Promise<SecureApplication> {
  const { aid, logicalChannel: given, ...handshake } = options;
  const lower = new ApduProcessor(observe(channel));
  const logicalChannel = given ?? (await openLogicalChannel(lower));
  const release = async (): Promise<void> => {
    if (given === undefined) await closeLogicalChannel(lower, logicalChannel);
  };
  try {
    const selectResponse = await selectApplication(lower, logicalChannel, aid);
    const session = await new Scp03Handshake(lower, {
      ...handshake,
      logicalChannel,
      selectedAid: aid,
    }).complete();
    return {
      session,
      selectResponse,
      async close() {
        session.close();
        await release();
      },
    };
  } catch (error) {
    await release().catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

async function openLogicalChannel(lower: CommandProcessor): Promise<number> {
  const { data, sw } = await lower.send({ cla: 0x00, ins: 0x70, p1: 0x00, p2: 0x00, le: 1 });
  if (!isDone(sw)) throw statusError(sw, 'MANAGE CHANNEL open');
  const [channel] = data;
  if (data.length === 1 && channel !== undefined && channel >= 1 && channel <= 19) return channel;
  throw new CardError('CARD_RESPONSE', `MANAGE CHANNEL open: the card answered "${toHex(data)}", no channel`);
}

async function closeLogicalChannel(lower: CommandProcessor, channel: number): Promise<void> {
  const { sw } = await lower.send({ cla: 0x00, ins: 0x70, p1: 0x80, p2: channel });
  if (!isDone(sw)) throw statusError(sw, `MANAGE CHANNEL close ${channel}`);
}

async function selectApplication(
  lower: CommandProcessor,
  channel: number,
  aid: Uint8Array,
): Promise<Uint8Array> {
  const cla = claForChannel(0x00, channel);
  const command = { cla, ins: 0xa4, p1: 0x04, p2: 0x04, data: aid, le: 0x100 };
  const { data, sw } = await lower.send(command);
  if (!isDone(sw)) throw statusError(sw, `SELECT application ${toHex(aid)}`);
  return data;
}
