/** Mutual authentication: INITIALIZE UPDATE, the checks, EXTERNAL AUTHENTICATE (GPC Amendment D §5.2, §7.1). */
import { randomBytes } from 'node:crypto';
import { type CommandApdu, type CommandProcessor, claForChannel, SW } from '../../apdu/index.js';
import { hex8, hex16, toHex } from '../../bytes/index.js';
import { type StaticKeys, sameSecret, wipeStaticKeys } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import { type CryptogramDiagnosis, diagnoseCryptogram } from './diagnose.js';
import {
  decodeInitializeUpdate,
  type InitializeUpdateResponse,
  initializeUpdate,
  refusedInitializeUpdate,
} from './initialize-update.js';
import { cardKeys, type KeySet } from './key-set.js';
import { type Deviation, macLength, protectionOf, type SecurityLevel } from './parameters.js';
import { SecureMessaging } from './secure-messaging.js';
import { type ExchangeListener, Scp03Session } from './session.js';
import {
  cardCryptogram,
  deriveSessionKeys,
  hostCryptogram,
  pseudoRandomChallenge,
  type SessionKeys,
  sessionContext,
  wipeSessionKeys,
} from './session-keys.js';

export interface HandshakeOptions {
  readonly keySet: KeySet;
  /** 33 unless told otherwise: everything encrypted and authenticated in both directions (DM 2.0 Appendix H). */
  readonly level?: SecurityLevel;
  /** The channel on which the application is selected. */
  readonly logicalChannel?: number;
  /** The application that is selected there; needed to check a pseudo-random card challenge. */
  readonly selectedAid?: Uint8Array;
  /** Refuses what is a warning otherwise: a pseudo-random challenge that does not match, reserved bits in i. */
  readonly strict?: boolean;
  readonly deviations?: readonly Deviation[];
  readonly extendedLength?: boolean;
  /** Fixes the host challenge (8 or 16 octets) for a test or replay. */
  readonly hostChallenge?: Uint8Array;
  readonly random?: (octets: number) => Uint8Array;
  /** Hears every exchange in plain and wrapped form. Plain data are secret: for traces that were asked for. */
  readonly onExchange?: ExchangeListener;
}

/** Opens one secure channel. `complete` works once and returns the session: there is no other way to one. */
export class Scp03Handshake {
  readonly #options: HandshakeOptions;
  #used = false;

  /** @param lower reaches the card in clear, on the logical channel of the selected application */
  constructor(
    private readonly lower: CommandProcessor,
    options: HandshakeOptions,
  ) {
    this.#options = options;
  }

  /**
   * Authenticates the card, then the host.
   *
   * @throws SecurityError before EXTERNAL AUTHENTICATE, with no try spent: `SECURITY_SCP_PARAMETERS`,
   *   `SECURITY_KEY_VERSION`, `SECURITY_CARD_CRYPTOGRAM`, `SECURITY_CARD_CHALLENGE`
   * @throws SecurityError `SECURITY_AUTHENTICATION_REFUSED` if the card refuses the host
   * @throws CardError, ReaderError for a card that refuses INITIALIZE UPDATE or is gone
   */
  async complete(): Promise<Scp03Session> {
    if (this.#used) throw new UsageError('USAGE_ARGUMENT', 'a handshake is used once; make a new one');
    this.#used = true;
    const { keySet, logicalChannel = 0, level = 0x33 } = this.#options;
    const hostChallenge = this.#hostChallenge();
    const response = await this.#initializeUpdate(hostChallenge);
    this.#checkParameters(response, level);
    const keys = await cardKeys(keySet, response.diversificationData);
    const context = sessionContext(hostChallenge, response.cardChallenge);
    let sessionKeys: SessionKeys | undefined;
    try {
      sessionKeys = await deriveSessionKeys(keys, context);
      if (!sameSecret(cardCryptogram(sessionKeys.mac, context, keySet.mode), response.cardCryptogram)) {
        throw mismatch(keySet, response, await diagnoseCryptogram(keySet, hostChallenge, response));
      }
      const warnings = await this.#checkChallenge(response, keys);
      const messaging = new SecureMessaging(sessionKeys, {
        mode: keySet.mode,
        level,
        ...(this.#options.deviations === undefined ? {} : { deviations: this.#options.deviations }),
        ...(this.#options.extendedLength === undefined
          ? {}
          : { extendedLength: this.#options.extendedLength }),
      });
      await this.#authenticate(messaging, sessionKeys, context, level, logicalChannel);
      return new Scp03Session(this.lower, messaging, sessionKeys, {
        level,
        logicalChannel,
        mode: keySet.mode,
        keyVersion: response.keyVersion,
        diversificationData: response.diversificationData,
        staticKeys: keys,
        ownsStaticKeys: keySet.diversification !== undefined,
        warnings,
        ...(this.#options.onExchange === undefined ? {} : { onExchange: this.#options.onExchange }),
      });
    } catch (error) {
      if (sessionKeys) wipeSessionKeys(sessionKeys);
      if (keySet.diversification !== undefined) wipeStaticKeys(keys);
      throw error;
    }
  }

  #hostChallenge(): Uint8Array {
    const length = macLength(this.#options.keySet.mode);
    const random = this.#options.random ?? ((octets: number) => new Uint8Array(randomBytes(octets)));
    const challenge = this.#options.hostChallenge ?? random(length);
    if (challenge.length === length) return challenge;
    throw new UsageError(
      'USAGE_ARGUMENT',
      `${this.#options.keySet.mode} mode takes a host challenge of ${length} octets, not ${challenge.length}`,
    );
  }

  async #initializeUpdate(hostChallenge: Uint8Array): Promise<InitializeUpdateResponse> {
    const { keySet, logicalChannel = 0 } = this.#options;
    const response = await this.lower.send(initializeUpdate(keySet.version, hostChallenge, logicalChannel));
    if (response.sw === SW.OK) return decodeInitializeUpdate(response.data, keySet.mode);
    throw refusedInitializeUpdate(response.sw, keySet.version, keySet.mode);
  }

  #checkParameters(response: InitializeUpdateResponse, level: SecurityLevel): void {
    const { keySet, strict } = this.#options;
    const { i, keyVersion } = response;
    const details = { keyVersion: hex8(keyVersion), i: hex8(i.raw) };
    const refuse = (message: string): never => {
      throw new SecurityError('SECURITY_SCP_PARAMETERS', message, { details });
    };
    if (keySet.version !== 0 && keyVersion !== keySet.version) {
      refuse(
        `the card answered with key version ${hex8(keyVersion)} where ${hex8(keySet.version)} was asked for`,
      );
    }
    const wanted = protectionOf(level);
    if ((wanted.responseMac && !i.responseMac) || (wanted.responseEncryption && !i.responseEncryption)) {
      refuse(`the card (i ${hex8(i.raw)}) does not offer security level ${hex8(level)}`);
    }
    if (strict && i.reserved) refuse(`reserved bits are set in i ${hex8(i.raw)}`);
  }

  async #checkChallenge(response: InitializeUpdateResponse, keys: StaticKeys): Promise<string[]> {
    const { keySet, selectedAid, strict } = this.#options;
    const warnings = response.i.reserved ? [`reserved bits are set in i ${hex8(response.i.raw)}`] : [];
    if (response.sequenceCounter === undefined) return warnings;
    let complaint: string | undefined;
    if (selectedAid === undefined) {
      complaint = 'the pseudo-random card challenge was not checked: no AID was given';
    } else {
      const expected = await pseudoRandomChallenge(
        keys.enc,
        response.sequenceCounter,
        selectedAid,
        keySet.mode,
      );
      if (!sameSecret(expected, response.cardChallenge)) {
        complaint =
          'the pseudo-random card challenge does not follow from Key-ENC, sequence counter and selected AID';
      }
    }
    if (complaint === undefined) return warnings;
    if (strict) throw new SecurityError('SECURITY_CARD_CHALLENGE', complaint);
    return [...warnings, complaint];
  }

  async #authenticate(
    messaging: SecureMessaging,
    keys: SessionKeys,
    context: Uint8Array,
    level: SecurityLevel,
    logicalChannel: number,
  ): Promise<void> {
    const cryptogram = hostCryptogram(keys.mac, context, this.#options.keySet.mode);
    const command = messaging.authenticate(externalAuthenticate(level, cryptogram, logicalChannel));
    const { sw, data } = await this.lower.send(command, { wrongLength: 'return' });
    if (sw === SW.OK && data.length === 0) return;
    throw sw === SW.OK ? oddAnswer(data.length, level) : refusedHost(sw, level);
  }
}

/** EXTERNAL AUTHENTICATE without its MAC (§7.1.2). */
export function externalAuthenticate(
  level: SecurityLevel,
  cryptogram: Uint8Array,
  logicalChannel = 0,
): CommandApdu {
  return { cla: claForChannel(0x80, logicalChannel), ins: 0x82, p1: level, p2: 0x00, data: cryptogram };
}

function oddAnswer(octets: number, level: SecurityLevel): SecurityError {
  return new SecurityError(
    'SECURITY_AUTHENTICATION_REFUSED',
    `the card answered EXTERNAL AUTHENTICATE with ${octets} octets that do not belong there; no try was spent`,
    { details: { sw: '9000', level: hex8(level), trySpent: false } },
  );
}

/**
 * What a status word says of the try (§7.1.2, table 7-7, and GPC 2.3.1 §11.1.3). The card had proved its keys before, so
 * a refusal of the host points at Key-ENC and Key-MAC of different sets, at a card that is locked, or at the level.
 */
function refusedHost(sw: number, level: SecurityLevel): SecurityError {
  const spent = [SW.SECURITY_STATUS_NOT_SATISFIED as number].includes(sw) || sw >> 8 === 0x63;
  const unspent = [
    SW.INCORRECT_P1P2,
    SW.WRONG_LENGTH,
    SW.CONDITIONS_NOT_SATISFIED,
    SW.AUTHENTICATION_BLOCKED,
  ];
  const trySpent = spent ? 'yes' : (unspent as readonly number[]).includes(sw) ? 'no' : 'unknown';
  const words = {
    yes: 'a try was spent',
    no: 'no try was spent',
    unknown: 'whether a try was spent is not known',
  }[trySpent];
  const next = {
    [SW.INCORRECT_P1P2]:
      'The card does not offer this security level; `simboot scp03 info` shows what it offers.',
    [SW.CONDITIONS_NOT_SATISFIED]:
      'The key set may be locked by earlier failures; ask the issuer of the card.',
    [SW.AUTHENTICATION_BLOCKED]: 'The key set is locked by earlier failures; ask the issuer of the card.',
  }[sw];
  return new SecurityError(
    'SECURITY_AUTHENTICATION_REFUSED',
    `the card proved its keys but refused EXTERNAL AUTHENTICATE at level ${hex8(level)} (status word ${hex16(sw)}): ${words}`,
    {
      details: {
        sw: hex16(sw),
        level: hex8(level),
        trySpent: trySpent === 'unknown' ? null : trySpent === 'yes',
      },
      ...(next === undefined ? {} : { next }),
    },
  );
}

function mismatch(
  keySet: KeySet,
  response: InitializeUpdateResponse,
  diagnosis: CryptogramDiagnosis,
): SecurityError {
  const { keyVersion, i, diversificationData } = response;
  const verb = keySet.version === 0 ? 'chose' : 'used';
  const found =
    diagnosis.matches.length > 0
      ? `It would match with ${diagnosis.matches.join('; ')}.`
      : `None of ${diagnosis.tried} other keys and diversifications tried on the answer matches.`;
  return new SecurityError(
    'SECURITY_CARD_CRYPTOGRAM',
    `the card cryptogram does not match: the card ${verb} key version ${hex8(keyVersion)}, i ${hex8(i.raw)} (${i.mode}), ` +
      `key diversification data ${toHex(diversificationData)}. ${found} ` +
      'EXTERNAL AUTHENTICATE was not sent, so no try was spent',
    {
      details: {
        keyVersion: hex8(keyVersion),
        i: hex8(i.raw),
        diversificationData: toHex(diversificationData),
        matches: diagnosis.matches,
        trySpent: false,
      },
    },
  );
}
