/** The handshake of a recorded session, recomputed (GPC Amendment D §6.2.1, §6.2.2). */
import { encodeCommand } from '../apdu/index.js';
import { hex8, toHex } from '../bytes/index.js';
import { AesKey, deriveOctets, MemoryKey, sameSecret } from '../crypto/index.js';
import { DataError, SimbootError } from '../errors/index.js';
import type { ReplayInputs, ReplayKind } from './replay-case.js';
import {
  decodeInitializeUpdate,
  type InitializeUpdateResponse,
  initializeUpdate,
} from './scp03/initialize-update.js';
import { decodeI, macLength, type Scp03Mode } from './scp03/parameters.js';
import {
  cardCryptogram,
  hostCryptogram,
  pseudoRandomChallenge,
  type SessionKeys,
  sessionContext,
  sessionKeyDerivation,
} from './scp03/session-keys.js';

/** What a handshake gives, as hex. The session keys are shown, since the case holds its keys anyway. */
export interface HandshakeReport {
  readonly initialize_update_apdu: string;
  readonly i_parameter: string | null;
  readonly kvn_reported: string | null;
  readonly card_challenge: string;
  /** Whether the card challenge follows from Key-ENC, counter and AID; nothing where that cannot be told. */
  readonly card_challenge_matches: boolean | null;
  readonly s_enc: string;
  readonly s_mac: string;
  readonly s_rmac: string;
  readonly card_cryptogram: string;
  /** Nothing where the case has no cryptogram of the card. */
  readonly card_cryptogram_matches: boolean | null;
  readonly host_cryptogram: string;
}

/** One case up to the point where commands begin. */
export interface ReplayedHandshake {
  readonly mode: Scp03Mode;
  readonly keys: () => SessionKeys;
  readonly hostCryptogram: Uint8Array;
  readonly matches: boolean | null;
  /** Why a host would refuse the answer before it looks at the cryptogram. */
  readonly complaint: string | undefined;
  readonly report: HandshakeReport;
}

/** @throws DataError `DATA_SCP03_CASE` for a case that does not say enough */
export async function replayHandshake(
  id: string,
  kind: ReplayKind,
  inputs: ReplayInputs,
): Promise<ReplayedHandshake> {
  const { host_challenge: host } = inputs;
  const mode = inputs.mode ?? (host.length === 8 ? 'S8' : 'S16');
  const recorded = inputs.initialize_update_response;
  const { answer, complaint } =
    recorded === undefined ? NO_ANSWER : readAnswer(id, withoutStatus(recorded), mode);
  const enc = new MemoryKey(inputs.key_enc);
  const counter = answer?.sequenceCounter ?? inputs.sequence_counter;
  const expectedChallenge =
    counter === undefined || inputs.sd_aid === undefined
      ? undefined
      : await pseudoRandomChallenge(enc, counter, inputs.sd_aid, mode);
  const given = answer?.cardChallenge ?? inputs.card_challenge;
  // a derivation recomputes the challenge where it can, so that its own value is what is compared
  const challenge = kind === 'derive' ? (expectedChallenge ?? given) : given;
  if (challenge === undefined) {
    throw new DataError(
      'DATA_SCP03_CASE',
      `${id}: neither a card challenge nor counter and AID to compute it`,
    );
  }
  const context = sessionContext(host, challenge);
  const octets = {
    enc: deriveOctets(
      new AesKey(inputs.key_enc),
      sessionKeyDerivation('enc', context, inputs.key_enc.length),
    ),
    mac: deriveOctets(
      new AesKey(inputs.key_mac),
      sessionKeyDerivation('mac', context, inputs.key_mac.length),
    ),
    rmac: deriveOctets(
      new AesKey(inputs.key_mac),
      sessionKeyDerivation('rmac', context, inputs.key_mac.length),
    ),
  };
  const keys = (): SessionKeys => ({
    enc: new AesKey(octets.enc),
    mac: new AesKey(octets.mac),
    rmac: new AesKey(octets.rmac),
  });
  const sMac = new AesKey(octets.mac);
  const computed = cardCryptogram(sMac, context, mode);
  const shown = answer?.cardCryptogram ?? inputs.card_cryptogram;
  const matches = shown === undefined ? null : sameSecret(shown, computed);
  const hostShows = hostCryptogram(sMac, context, mode);
  return {
    mode,
    keys,
    hostCryptogram: hostShows,
    matches,
    complaint,
    report: {
      initialize_update_apdu: toHex(
        encodeCommand(initializeUpdate(inputs.kvn, host, inputs.logical_channel)),
      ),
      i_parameter: answer === undefined ? null : hex8(answer.i.raw).toLowerCase(),
      kvn_reported: answer === undefined ? null : hex8(answer.keyVersion).toLowerCase(),
      card_challenge: toHex(challenge),
      card_challenge_matches:
        expectedChallenge === undefined || given === undefined ? null : sameSecret(expectedChallenge, given),
      s_enc: toHex(octets.enc),
      s_mac: toHex(octets.mac),
      s_rmac: toHex(octets.rmac),
      card_cryptogram: toHex(computed),
      card_cryptogram_matches: matches,
      host_cryptogram: toHex(hostShows),
    },
  };
}

const NO_ANSWER = { answer: undefined, complaint: undefined };

/** The recorded answer by position alone; what a host would refuse in it is said, but does not stop the replay. */
function readAnswer(
  id: string,
  data: Uint8Array,
  mode: Scp03Mode,
): { answer: InitializeUpdateResponse; complaint: string | undefined } {
  try {
    return { answer: decodeInitializeUpdate(data, mode), complaint: undefined };
  } catch (error) {
    const size = macLength(mode);
    if (!(error instanceof SimbootError) || data.length < 13 + 2 * size) {
      throw new DataError('DATA_SCP03_CASE', `${id}: the answer to INITIALIZE UPDATE is cut off`, {
        cause: error,
      });
    }
    const counter = data.slice(13 + 2 * size);
    const answer = {
      diversificationData: data.slice(0, 10),
      keyVersion: data[10]!,
      i: decodeI(data[12]!),
      cardChallenge: data.slice(13, 13 + size),
      cardCryptogram: data.slice(13 + size, 13 + 2 * size),
      ...(counter.length === 3 ? { sequenceCounter: counter } : {}),
    };
    return { answer, complaint: error.message };
  }
}

/** Some recordings keep the status word behind the answer to INITIALIZE UPDATE. */
function withoutStatus(response: Uint8Array): Uint8Array {
  const recorded = [31, 34, 47, 50].includes(response.length);
  return recorded && response.at(-2) === 0x90 && response.at(-1) === 0x00 ? response.slice(0, -2) : response;
}
