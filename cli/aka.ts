/** What `milenage` and `tuak` have in common: the challenge, and the functions' results. */
import type { Command } from 'commander';
import { fromHex, toHex } from '../src/bytes/index.js';
import { type AkaFunctions, createVector } from '../src/crypto/index.js';
import type { CliContext } from './context.js';
import { SECRET_SOURCES } from './secrets.js';

interface ChallengeOptions {
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
}

/** The options of one challenge. */
export function challengeOptions(command: Command): Command {
  return command
    .requiredOption('--k <hex>', `subscriber key as hex, or ${SECRET_SOURCES}`)
    .requiredOption('--rand <hex>', 'RAND, 16 octets')
    .requiredOption('--sqn <hex>', 'SQN, 6 octets')
    .requiredOption('--amf <hex>', 'AMF, 2 octets');
}

/** The octets of a challenge. */
export async function akaInputs(
  cli: CliContext,
  { k, rand, sqn, amf }: ChallengeOptions,
): Promise<Record<keyof ChallengeOptions, Uint8Array>> {
  return {
    k: await cli.secrets.hexOrLiteral(k, '--k'),
    rand: fromHex(rand),
    sqn: fromHex(sqn),
    amf: fromHex(amf),
  };
}

/** All functions of one challenge, hex in lower case; `operator` is opc or topc. */
export function akaOutputs(
  functions: AkaFunctions,
  operator: Readonly<Record<string, Uint8Array>>,
  rand: Uint8Array,
  sqn: Uint8Array,
  amf: Uint8Array,
): Record<string, string> {
  const { res, ck, ik, ak } = functions.f2345(rand);
  const outputs = {
    ...operator,
    mac_a: functions.f1(rand, sqn, amf),
    mac_s: functions.f1star(rand, sqn, amf),
    res,
    ck,
    ik,
    ak,
    ak_star: functions.f5star(rand),
    autn: createVector(functions, rand, sqn, amf).autn,
  };
  functions.wipe();
  return Object.fromEntries(Object.entries(outputs).map(([name, octets]) => [name, toHex(octets)]));
}

/** One line for each value. */
export function akaText(document: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(document).map((name) => name.length));
  return Object.entries(document)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}
