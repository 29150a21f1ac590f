/** Pushed bootstraps of a device (DM 2.0 §8.4, §9.3.1.3): from the datagram to the bootstrap that is applied. */
import {
  type DropReason,
  PushReceiver,
  type PushReceiverState,
  type Received,
} from '../../bootstrap/index.js';
import { toHex } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import type { DmKeyLabel } from '../../gba/index.js';
import type { WspMessage } from '../../net/index.js';
import { PUSH_INFO_MEDIA_TYPE } from '../push/index.js';
import type { CardSourceOptions } from './card.js';
import { DurableFile } from './durable-file.js';
import { UsimAuthenticator } from './usim.js';

export interface DevicePushOptions {
  /** NAF_Ids that may push to this device; every one unless told. */
  readonly nafIds?: readonly Uint8Array[];
  /** The private identity; from the USIM unless told. */
  readonly impi?: string;
  readonly label?: DmKeyLabel;
}

/** What a push came to; nothing of it is secret. */
export type PushEvent =
  | { readonly type: 'push'; readonly outcome: 'associated' | 'held' | 'bootstrap'; readonly pTid: string }
  /** The home network needs both to go on (`gba push-info --auts --rand`). */
  | { readonly type: 'push'; readonly outcome: 'resynchronise'; readonly rand: string; readonly auts: string }
  | {
      readonly type: 'push';
      readonly outcome: 'dropped';
      readonly reason: DropReason;
      /** How many of this kind so far. */
      readonly count: number;
    }
  /** The card could not be asked; the push is lost, and the server sends another. */
  | {
      readonly type: 'push';
      readonly outcome: 'card-failed';
      readonly code: string;
      readonly message: string;
    };

export interface DevicePushSetup extends DevicePushOptions {
  readonly folder: string;
  readonly card: CardSourceOptions;
  readonly clock: () => Date;
  readonly onEvent: (event: PushEvent) => void;
  /** Applies a genuine document. */
  readonly onBootstrap: (document: Uint8Array, pTid: string) => void;
}

/** Takes pushes one after the other. */
export class DevicePushes {
  #work: Promise<void> = Promise.resolve();

  private constructor(
    private readonly receiver: PushReceiver,
    private readonly file: DurableFile,
    private readonly setup: DevicePushSetup,
  ) {}

  /**
   * @throws DataError `DATA_DEVICE_STATE` for a damaged file; CardError, ReaderError where the card cannot tell who the
   *   subscriber is
   */
  static async open(setup: DevicePushSetup): Promise<DevicePushes> {
    const file = new DurableFile(setup.folder, 'pushes.json');
    const card = new UsimAuthenticator(setup.card);
    const state = (await file.read()) as PushReceiverState | undefined;
    const { clock, nafIds, label } = setup;
    const receiver = new PushReceiver({
      card,
      impi: setup.impi ?? (await card.impi()),
      clock,
      ...(nafIds === undefined ? {} : { nafIds }),
      ...(label === undefined ? {} : { label }),
      ...(state === undefined ? {} : { state }),
    });
    return new DevicePushes(receiver, file, setup);
  }

  /** A push that is no notification. Answers come as events. */
  take({ mediaType, parameters, body }: WspMessage): void {
    if (mediaType === PUSH_INFO_MEDIA_TYPE) this.queue(() => this.receiver.pushInfo(body));
    else if (parameters.sec === '3GPP_GBA') this.queue(async () => this.receiver.message(body));
  }

  /** Resolves when everything taken so far is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  private queue(receive: () => Promise<Received>): void {
    this.#work = this.#work.then(async () => {
      try {
        await this.conclude(await receive());
      } catch (error) {
        if (!(error instanceof SimbootError)) throw error;
        const { code, message } = error;
        this.setup.onEvent({ type: 'push', outcome: 'card-failed', code, message });
      }
    });
  }

  /** What was used up is on the disk before the document is applied: a push that is applied is never applied again. */
  private async conclude(received: Received): Promise<void> {
    await this.file.write(this.receiver.state);
    const { onEvent, onBootstrap } = this.setup;
    switch (received.kind) {
      case 'bootstrap':
        onEvent({ type: 'push', outcome: 'bootstrap', pTid: received.pTid });
        onBootstrap(received.document, received.pTid);
        break;
      case 'associated':
      case 'held':
        onEvent({ type: 'push', outcome: received.kind, pTid: received.pTid });
        break;
      case 'resynchronise':
        onEvent({
          type: 'push',
          outcome: 'resynchronise',
          rand: toHex(received.rand),
          auts: toHex(received.auts),
        });
        break;
      case 'dropped': {
        const { reason } = received;
        onEvent({ type: 'push', outcome: 'dropped', reason, count: this.receiver.dropped[reason] ?? 0 });
        break;
      }
    }
  }
}
