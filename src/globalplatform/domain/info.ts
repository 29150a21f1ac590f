/**
 * What a security domain tells to anybody (GPC 2.3.1 §11.3, §H), and with a secure channel its registry (§11.4). Made for
 * a card that nobody knows: what is missing or malformed becomes a finding, and nothing spends a try.
 */
import { randomBytes } from 'node:crypto';
import { ApduProcessor, type CardChannel, type CommandProcessor, SW, statusError } from '../../apdu/index.js';
import { hex8 } from '../../bytes/index.js';
import { CardError, DataError, SecurityError } from '../../errors/index.js';
import { testKeysBehind } from '../scp03/diagnose.js';
import { decodeInitializeUpdate, initializeUpdate } from '../scp03/initialize-update.js';
import { macLength, type Scp03Mode } from '../scp03/parameters.js';
import type { Scp03Session } from '../scp03/session.js';
import { type CardRecognitionData, scp03ModeOf } from './card-recognition.js';
import {
  type DomainAccess,
  readCardRecognition,
  readCplc,
  readKeyInformation,
  readSequenceCounter,
} from './get-data.js';
import { getStatus, type RegistryEntry } from './get-status.js';
import { domainFindings } from './info-findings.js';
import type { DomainFinding, DomainInfo, HandshakeAnswer } from './info-types.js';
import { selectSecurityDomain } from './select-domain.js';

export interface DomainInfoOptions {
  /** Security domain; the issuer security domain unless told. */
  readonly aid?: Uint8Array;
  /** Key version that INITIALIZE UPDATE asks for; 00 lets the card choose. */
  readonly keyVersion?: number;
  /** Sends GET DATA alone, for a card whose counters must not move. */
  readonly passive?: boolean;
  readonly random?: (octets: number) => Uint8Array;
}

/**
 * The public part, without keys. INITIALIZE UPDATE is sent once: it is no try, but moves the sequence counter of a card
 * with pseudo-random challenges, and ends a secure channel that is open on the basic logical channel.
 *
 * @throws CardError, SecurityError for a card without that security domain; ReaderError
 */
export async function readDomainInfo(
  channel: CardChannel,
  options: DomainInfoOptions = {},
): Promise<DomainInfo> {
  const processor = new ApduProcessor(channel);
  const { aid } = await selectSecurityDomain(
    processor,
    options.aid === undefined ? {} : { aid: options.aid },
  );
  const notes: DomainFinding[] = [];
  const read = <T>(what: string, how: (domain: DomainAccess) => Promise<T>): Promise<T | undefined> =>
    tolerant(what, notes, () => how({ processor }));
  const recognition = await read('Card Recognition Data (0066)', readCardRecognition);
  const cplc = await read('CPLC (9F7F)', readCplc);
  const keys = await read('key information template (00E0)', readKeyInformation);
  const sequenceCounter = await readSequenceCounter({ processor });
  const handshake = options.passive
    ? undefined
    : await tolerant('INITIALIZE UPDATE', notes, () => askForHandshake(processor, options, recognition));
  const found = {
    aid,
    ...(recognition === undefined ? {} : { recognition }),
    ...(cplc === undefined ? {} : { cplc }),
    ...(keys === undefined ? {} : { keys }),
    ...(sequenceCounter === undefined ? {} : { sequenceCounter }),
    ...(handshake === undefined ? {} : { handshake }),
  };
  return { ...found, findings: [...notes, ...domainFindings(found)] };
}

export interface DomainRegistry {
  readonly issuerSecurityDomain: readonly RegistryEntry[];
  readonly applications: readonly RegistryEntry[];
  readonly loadFiles: readonly RegistryEntry[];
}

/**
 * Everything that GET STATUS lists, inside a secure channel to a security domain.
 *
 * @throws as `getStatus`
 */
export async function readDomainRegistry(session: Scp03Session): Promise<DomainRegistry> {
  const domain = { processor: session, logicalChannel: session.logicalChannel };
  return {
    issuerSecurityDomain: await getStatus(domain, 'issuer-security-domain'),
    applications: await getStatus(domain, 'applications'),
    loadFiles: await getStatus(domain, 'load-files-and-modules'),
  };
}

async function askForHandshake(
  processor: CommandProcessor,
  { keyVersion = 0, random = (octets) => new Uint8Array(randomBytes(octets)) }: DomainInfoOptions,
  recognition: CardRecognitionData | undefined,
): Promise<HandshakeAnswer> {
  const announced = recognition && scp03ModeOf(recognition);
  const modes: readonly Scp03Mode[] = announced === undefined ? ['S8', 'S16'] : [announced];
  let refused: number = SW.WRONG_LENGTH;
  for (const mode of modes) {
    const hostChallenge = random(macLength(mode));
    const { data, sw } = await processor.send(initializeUpdate(keyVersion, hostChallenge));
    if (sw === SW.OK) {
      const response = decodeInitializeUpdate(data, mode);
      return { ...response, testKeys: await testKeysBehind(hostChallenge, response) };
    }
    refused = sw;
    if (sw !== SW.WRONG_LENGTH) break; // only a challenge of the wrong length makes the other mode worth asking for
  }
  if (refused === SW.REFERENCED_DATA_NOT_FOUND) {
    throw new SecurityError(
      'SECURITY_KEY_VERSION',
      `the security domain has no complete key set of version ${hex8(keyVersion)}`,
    );
  }
  throw statusError(refused, `INITIALIZE UPDATE of version ${hex8(keyVersion)}`);
}

/** The value, or a finding that says why there is none. A reader that fails is not tolerated. */
async function tolerant<T>(
  where: string,
  findings: DomainFinding[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const malformed = error instanceof DataError;
    if (!malformed && !(error instanceof CardError) && !(error instanceof SecurityError)) throw error;
    const absent = error.details.sw === '6A88' || error.details.sw === '6D00' || error.details.sw === '6E00';
    findings.push({
      severity: absent ? 'info' : 'warning',
      code: absent ? 'absent' : malformed ? 'malformed' : 'refused',
      where,
      message: absent ? 'the card does not have it' : error.message,
    });
    return undefined;
  }
}
