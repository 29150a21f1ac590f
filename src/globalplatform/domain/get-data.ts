/** GET DATA to a security domain (GPC 2.3.1 §11.3), in clear or inside a secure channel. */
import {
  type CommandProcessor,
  claForChannel,
  type ResponseApdu,
  SW,
  statusError,
} from '../../apdu/index.js';
import { hex16 } from '../../bytes/index.js';
import { CARD_RECOGNITION_DATA, type CardRecognitionData } from './card-recognition.js';
import { CPLC, type Cplc } from './cplc.js';
import { KEY_INFORMATION_TEMPLATE, type KeyInformation } from './key-information.js';

/** Where a security domain is reached: the processor, and the logical channel on which it is selected. */
export interface DomainAccess {
  readonly processor: CommandProcessor;
  readonly logicalChannel?: number;
}

/**
 * One data object as the card answers it.
 *
 * @param tag one or two octets, for example 0066
 * @throws CardError, SecurityError for a status word other than 9000
 */
export async function getData(domain: DomainAccess, tag: number): Promise<Uint8Array> {
  const { data, sw } = await sendGetData(domain, tag);
  if (sw === SW.OK) return data;
  throw statusError(sw, `GET DATA ${hex16(tag)}`);
}

function sendGetData({ processor, logicalChannel = 0 }: DomainAccess, tag: number): Promise<ResponseApdu> {
  const cla = claForChannel(0x80, logicalChannel);
  return processor.send({ cla, ins: 0xca, p1: tag >> 8, p2: tag & 0xff, le: 0x100 });
}

/** Card production life cycle data. */
export async function readCplc(domain: DomainAccess): Promise<Cplc> {
  return CPLC.decode(await getData(domain, 0x9f7f));
}

/** The keys that the security domain holds. */
export async function readKeyInformation(domain: DomainAccess): Promise<readonly KeyInformation[]> {
  return KEY_INFORMATION_TEMPLATE.decode(await getData(domain, 0x00e0));
}

/**
 * The protocols that the card offers.
 *
 * @example
 * const [channel] = await openReader('sim:uicc-scp03');
 * const processor = new ApduProcessor(channel!);
 * await processor.send({ cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, le: 256 });
 * (await readCardRecognition({ processor })).protocols // → [{ protocol: 3, i: 0x70 }]
 */
export async function readCardRecognition(domain: DomainAccess): Promise<CardRecognitionData> {
  return CARD_RECOGNITION_DATA.decode(await getData(domain, 0x0066));
}

/** The sequence counter of the default key version; nothing where the card does not tell one. */
export async function readSequenceCounter(domain: DomainAccess): Promise<number | undefined> {
  const { data, sw } = await sendGetData(domain, 0x00c1);
  const value = data[0] === 0xc1 && data[1] === data.length - 2 ? data.subarray(2) : data;
  if (sw !== SW.OK || value.length < 2 || value.length > 3) return undefined;
  return value.reduce((counter, octet) => counter * 256 + octet, 0);
}
