/** INITIALIZE UPDATE: the command and its answer (GPC Amendment D §7.1.1). */
import { type CommandApdu, claForChannel, SW, statusError } from '../../apdu/index.js';
import { hex8, hex16 } from '../../bytes/index.js';
import { CardError, SecurityError, type SimbootError, UsageError } from '../../errors/index.js';
import { decodeI, type ImplementationOptions, macLength, type Scp03Mode } from './parameters.js';

/** What the card answers. `sequenceCounter` is there with pseudo-random challenges only. */
export interface InitializeUpdateResponse {
  /** Key diversification data, 10 octets. */
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  readonly i: ImplementationOptions;
  readonly cardChallenge: Uint8Array;
  readonly cardCryptogram: Uint8Array;
  /** 3 octets. */
  readonly sequenceCounter?: Uint8Array;
}

/**
 * The command.
 *
 * @param keyVersion 00 for the first available key set
 * @param hostChallenge 8 octets in S8, 16 in S16
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function initializeUpdate(
  keyVersion: number,
  hostChallenge: Uint8Array,
  logicalChannel = 0,
): CommandApdu {
  if (hostChallenge.length !== 8 && hostChallenge.length !== 16) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `a host challenge has 8 or 16 octets, not ${hostChallenge.length}`,
    );
  }
  if (!Number.isInteger(keyVersion) || keyVersion < 0 || keyVersion > 0xff) {
    throw new UsageError('USAGE_ARGUMENT', `key version ${keyVersion} is not one octet`);
  }
  const cla = claForChannel(0x80, logicalChannel);
  return { cla, ins: 0x50, p1: keyVersion, p2: 0x00, data: hostChallenge, le: 0x100 };
}

/**
 * The answer, read in the mode that was asked for.
 *
 * @throws CardError `CARD_RESPONSE` for an answer cut off
 * @throws SecurityError `SECURITY_SCP_PARAMETERS` for another protocol, for the other mode, or where the i parameter
 *   and the length of the answer contradict each other
 */
export function decodeInitializeUpdate(data: Uint8Array, mode: Scp03Mode): InitializeUpdateResponse {
  if (data.length < 13) {
    throw new CardError('CARD_RESPONSE', `INITIALIZE UPDATE answered with ${data.length} octets only`);
  }
  const protocol = data[11]!;
  if (protocol !== 0x03) {
    throw new SecurityError(
      'SECURITY_SCP_PARAMETERS',
      `the card opens SCP${hex8(protocol)} with key version ${hex8(data[10]!)}, not SCP03`,
      { details: { keyVersion: hex8(data[10]!), protocol: hex8(protocol) } },
    );
  }
  const i = decodeI(data[12]!);
  const details = { keyVersion: hex8(data[10]!), i: hex8(i.raw), length: data.length, mode };
  if (i.mode !== mode) {
    throw new SecurityError(
      'SECURITY_SCP_PARAMETERS',
      `the card works in ${i.mode} mode (i ${hex8(i.raw)}) where ${mode} was asked for`,
      { details },
    );
  }
  const short = macLength(mode);
  const expected = 13 + 2 * short + (i.pseudoRandom ? 3 : 0);
  if (data.length !== expected) {
    throw new SecurityError(
      'SECURITY_SCP_PARAMETERS',
      `i ${hex8(i.raw)} announces ${expected} octets where the card answered ${data.length}`,
      { details },
    );
  }
  return {
    diversificationData: data.slice(0, 10),
    keyVersion: data[10]!,
    i,
    cardChallenge: data.slice(13, 13 + short),
    cardCryptogram: data.slice(13 + short, 13 + 2 * short),
    ...(i.pseudoRandom ? { sequenceCounter: data.slice(13 + 2 * short) } : {}),
  };
}

/**
 * What a status word other than 9000 says about the channel that was asked for. No try is spent by any of them.
 *
 * @param keyVersion as it was asked for
 */
export function refusedInitializeUpdate(sw: number, keyVersion: number, mode: Scp03Mode): SimbootError {
  const details = { sw: hex16(sw), keyVersion: hex8(keyVersion) };
  const status = `(status word ${hex16(sw)})`;
  switch (sw) {
    case SW.REFERENCED_DATA_NOT_FOUND: {
      const message = `the security domain has no complete key set of version ${hex8(keyVersion)}`;
      return new SecurityError('SECURITY_KEY_VERSION', message, { details });
    }
    case SW.WRONG_LENGTH: {
      const message = `the card refuses a host challenge of ${macLength(mode)} octets, so it is not in ${mode} mode`;
      return new SecurityError('SECURITY_SCP_PARAMETERS', message, { details });
    }
    case SW.INS_NOT_SUPPORTED:
    case SW.CLA_NOT_SUPPORTED: {
      const message = `the selected application does not know INITIALIZE UPDATE ${status}: it has no secure channel`;
      const next = '`simboot scp03 info` shows which secure channel the card has, if any.';
      return new SecurityError('SECURITY_SCP_PARAMETERS', message, { details, next });
    }
    case SW.CONDITIONS_NOT_SATISFIED:
    case SW.AUTHENTICATION_BLOCKED: {
      const message =
        `the card refuses INITIALIZE UPDATE for key version ${hex8(keyVersion)} ${status}: the key set is locked by earlier ` +
        'failures, or the card allows no secure channel in its state; no try was spent';
      const next = 'Ask the issuer of the card; another key version may still be usable (--scp03-kvn).';
      return new SecurityError('SECURITY_AUTHENTICATION_REFUSED', message, {
        details: { ...details, trySpent: false },
        next,
      });
    }
    default:
      return statusError(sw, 'INITIALIZE UPDATE', details);
  }
}
