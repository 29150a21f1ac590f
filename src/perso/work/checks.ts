/** What a finished card has to prove: it authenticates with the keys of its record, and no try of a PIN was spent. */
import { authenticate, keyName } from '../../card/index.js';
import {
  type AkaFunctions,
  createVector,
  Milenage,
  nextSqn,
  openAuts,
  sameSecret,
  sqnFromNumber,
  Tuak,
} from '../../crypto/index.js';
import { DataError, SecurityError, SimbootError } from '../../errors/index.js';
import type { Checks } from '../job/types.js';
import { keyCode } from './mismatch.js';
import type { WorkDifference } from './port.js';
import type { WorkSession } from './session.js';

/** Separation bit: a vector for every access network (TS 33.401 §6.1.2). */
const AMF = Uint8Array.of(0x80, 0x00);
/** SEQ 1, IND 0: the lowest that a new card takes, so that no authentication centre falls behind. */
const FIRST_SQN = sqnFromNumber(0x20n);
const PIN1 = 0x01;
const STEP = 'authenticate';

/**
 * @param k 32 or 64 hex digits
 * @param opc 32 hex digits, or 64 of TOPc
 * @throws DataError `DATA_FILE_VALUE`; never with the value in it
 */
export function akaFunctions(
  algorithm: NonNullable<Checks['authenticate']>['algorithm'],
  k: string,
  opc: string,
): AkaFunctions {
  const lengths = algorithm === 'milenage' ? { k: [16], opc: [16] } : { k: [16, 32], opc: [32] };
  const octets = (name: 'k' | 'opc', text: string): Uint8Array => {
    const isHex = /^(?:[0-9a-fA-F]{2})+$/.test(text);
    if (isHex && lengths[name].includes(text.length / 2)) return Buffer.from(text, 'hex');
    const wanted = lengths[name].map((length) => 2 * length).join(' or ');
    throw new DataError(
      'DATA_FILE_VALUE',
      `checks.authenticate.${name}: ${wanted} hexadecimal digits are required`,
    );
  };
  const keys = { k: octets('k', k), opc: octets('opc', opc) };
  const functions = algorithm === 'milenage' ? new Milenage(keys) : new Tuak({ k: keys.k, topc: keys.opc });
  keys.k.fill(0);
  keys.opc.fill(0);
  return functions;
}

/** AUTHENTICATE with a vector as an authentication centre makes it, once more after a resynchronisation. */
export async function checkAuthentication(
  session: WorkSession,
  functions: AkaFunctions,
  random: (octets: number) => Uint8Array,
): Promise<WorkDifference[]> {
  const differs = (
    message: string,
    told: Pick<WorkDifference, 'code'> = { code: 'SECURITY_KEY_MISMATCH' },
  ): WorkDifference[] => [{ step: STEP, where: 'ADF(USIM)', message, ...told }];
  try {
    let sqn = FIRST_SQN;
    for (let round = 0; round < 2; round++) {
      const vector = createVector(functions, random(16), sqn, AMF);
      const answer = await withPin(session, async () =>
        authenticate(await session.card(), await session.usim(), vector.rand, vector.autn),
      );
      if (answer.kind === 'accepted') {
        if (!sameSecret(answer.res, vector.xres)) return differs('RES is not the one of these keys');
        session.reads.add('authenticated', Uint8Array.of(1));
        return [];
      }
      const highest = openAuts(functions, vector.rand, answer.auts);
      if (highest === undefined) return differs('AUTS is not made with these keys');
      sqn = nextSqn(highest);
    }
    return differs('the card asks for resynchronisation twice', {});
  } catch (error) {
    if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
    return differs(error.message, keyCode(error));
  }
}

/** AUTHENTICATE takes PIN1 where it is enabled (TS 31.102 §7.1.1). */
async function withPin<T>(session: WorkSession, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isDenied = error instanceof SecurityError && error.code === 'SECURITY_ACCESS_DENIED';
    if (!isDenied || !session.ring.has(PIN1)) throw error;
    await (await session.card()).present(PIN1);
    return act();
  }
}

/** Tries of a user PIN of a new card (TS 102 221 §9.5.1); an ADM has at least as many. */
const FULL = 3;

/** Tries of every PIN and ADM that the job knows. What a card does not tell is not judged. */
export async function checkTries(
  session: WorkSession,
  references: readonly number[],
): Promise<WorkDifference[]> {
  const card = await session.card();
  const differences: WorkDifference[] = [];
  for (const key of references) {
    const { state, tries } = await card.pinStatus(key);
    const where = keyName(key);
    if (state === 'blocked') differences.push({ step: 'pin-tries', where, message: 'is blocked' });
    else if (tries !== undefined && tries < FULL) {
      const message = `has ${tries} tries left, where a new card has ${FULL} or more`;
      differences.push({ step: 'pin-tries', where, message });
    }
  }
  return differences;
}
