/** Simulated readers by name: `sim:PROFILE?option=value&…`, for example `uicc?protocol=t0&state=card.json&fault=tear@12`. */
import { fromHex } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';
import type { SimulatedCardOptions } from './card.js';
import type { Faults, TearMoment } from './machine/faults.js';

/** One option of a simulated reader, for the help. */
export interface SimOption {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

/** The options of a simulated reader, for the help. */
export const SIM_OPTIONS: readonly SimOption[] = [
  { name: 'protocol', value: 't0 | t1', meaning: 'transmission protocol in place of the profile’s' },
  { name: 'state', value: 'FILE', meaning: 'keeps the card in a JSON file' },
  { name: 'realtime', value: 'on | off', meaning: 'answers as slowly as a real card' },
  { name: 'slow', value: 'MS', meaning: 'adds milliseconds to every exchange' },
  { name: 'fault', value: 'mute@N', meaning: 'no answer at exchange N (1 is the first)' },
  { name: 'fault', value: 'tear@N', meaning: 'pulled out at exchange N, before the command runs' },
  { name: 'fault', value: 'tear@N:after', meaning: 'pulled out after the command ran, before its answer' },
  { name: 'fault', value: 'tear@N:K', meaning: 'pulled out when K octets of the update are written' },
  { name: 'fault', value: 'sw@N:6F00', meaning: 'status word in place of the command at exchange N' },
  { name: 'fault', value: 'ins-D6:6581', meaning: 'status word for every command with an instruction' },
  { name: 'fault', value: 'response@N:HEX', meaning: 'another response at exchange N' },
  { name: 'fault', value: 'flip@N:BIT', meaning: 'one bit of the response at exchange N is wrong' },
  {
    name: 'fault',
    value: 'wrong-mac@N',
    meaning: 'wrong MAC of the first protected response from exchange N',
  },
  { name: 'fault', value: 'no-mac@N', meaning: 'that response without its MAC' },
  { name: 'fault', value: 'replay@N', meaning: 'the protected response before it again' },
  { name: 'fault', value: 'skip-counter@N', meaning: 'the card skips a value of its encryption counter' },
  { name: 'fault', value: 'padding@N', meaning: 'wrong padding under a right MAC' },
  { name: 'fault', value: 'long-padding@N', meaning: 'a whole block more of padding than needed' },
  { name: 'fault', value: 'no-atr', meaning: 'no answer to reset' },
];

/** A parsed name: what `createSimulatedCard` takes. */
export interface SimSpec extends SimulatedCardOptions {
  readonly profile: string;
}

/**
 * What `sim:` names, with or without that prefix. Several `fault` options may stand in one name.
 *
 * @throws UsageError `USAGE_SIMULATOR_OPTION` with the option that is wrong
 * @example
 * const { profile, protocol } = parseSimSpec('sim:uicc?protocol=t0');
 * [profile, protocol] // → ['uicc', 'T=0']
 * parseSimSpec('sim:uicc?fault=rain@3') // throws USAGE_SIMULATOR_OPTION
 */
export function parseSimSpec(spec: string): SimSpec {
  const text = spec.startsWith('sim:') ? spec.slice(4) : spec;
  const mark = text.indexOf('?');
  const profile = (mark < 0 ? text : text.slice(0, mark)) || 'uicc';
  const out: { -readonly [K in keyof SimSpec]: SimSpec[K] } = { profile };
  const faults: ((faults: Faults) => void)[] = [];
  for (const [name, value] of new URLSearchParams(
    mark < 0 ? '' : text.slice(mark + 1).replaceAll('+', '%2B'),
  )) {
    switch (name) {
      case 'protocol':
        out.protocol = oneOf(name, value, { t0: 'T=0', t1: 'T=1' } as const);
        break;
      case 'state':
        out.state = value;
        break;
      case 'realtime':
        out.realTime = oneOf(name, value, { on: true, off: false } as const);
        break;
      case 'slow': {
        const milliseconds = wholeNumber(name, value);
        faults.push((armed) => armed.slow(milliseconds));
        break;
      }
      case 'fault':
        faults.push(parseFault(value));
        break;
      default:
        throw wrong(
          name,
          `is not one of ${[...new Set(SIM_OPTIONS.map((option) => option.name))].join(', ')}`,
        );
    }
  }
  if (faults.length > 0) out.faults = (armed) => faults.forEach((arm) => void arm(armed));
  return out;
}

/**
 * One fault in the notation of the table, for `faults` of a card's options.
 *
 * @throws UsageError `USAGE_SIMULATOR_OPTION`
 * @example
 * const card = createSimulatedCard({ profile: 'uicc', faults: parseFault('sw@1:6F00') });
 * await card.powerOn();
 * await card.transmit(fromHex('00A40004023F0000')) // → { kind: 'response', response: fromHex('6F00') }
 */
export function parseFault(text: string): (faults: Faults) => void {
  if (text === 'no-atr') return (faults) => faults.noAnswerToReset();
  const byInstruction = /^ins-([0-9A-Fa-f]{2}):([0-9A-Fa-f]{4})$/.exec(text);
  if (byInstruction) {
    const [ins, sw] = [Number.parseInt(byInstruction[1]!, 16), Number.parseInt(byInstruction[2]!, 16)];
    return (faults) => faults.statusFor(ins, sw);
  }
  const [, kind, number, detail] =
    /^(mute|tear|sw|response|flip|wrong-mac|no-mac|replay|skip-counter|padding|long-padding)@(\d+)(?::(.+))?$/.exec(
      text,
    ) ?? [];
  const exchange = Number(number);
  if (kind === undefined || exchange < 1) throw wrong('fault', `"${text}" is not a fault`);
  switch (kind) {
    case 'mute':
      return (faults) => faults.muteAt(exchange);
    case 'tear': {
      const moment = tearMoment(detail);
      return (faults) => faults.tearAt(exchange, moment);
    }
    case 'sw': {
      if (detail !== undefined && !/^[0-9A-Fa-f]{4}$/.test(detail))
        throw wrong('fault', `"${detail}" is no status word`);
      const sw = Number.parseInt(detail ?? '6F00', 16);
      return (faults) => faults.statusAt(exchange, sw);
    }
    case 'wrong-mac':
    case 'no-mac':
    case 'replay':
    case 'skip-counter':
    case 'padding':
    case 'long-padding':
      return (faults) => faults.channelDefectAt(exchange, { kind });
    case 'response': {
      const response = fromHex(detail ?? '');
      return (faults) => faults.respondAt(exchange, response);
    }
    default: {
      const bit = wholeNumber('fault', detail ?? '0');
      return (faults) => faults.flipBitAt(exchange, bit);
    }
  }
}

function tearMoment(detail: string | undefined): TearMoment {
  if (detail === undefined || detail === 'before') return 'before';
  return detail === 'after' ? 'after' : { octets: wholeNumber('fault', detail) };
}

function oneOf<T>(name: string, value: string, choices: Readonly<Record<string, T>>): T {
  const key = value.toLowerCase();
  if (!Object.hasOwn(choices, key))
    throw wrong(name, `"${value}" is not one of ${Object.keys(choices).join(', ')}`);
  return choices[key]!;
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw wrong(name, `"${value}" is not a whole number`);
  return Number(value);
}

function wrong(name: string, why: string): UsageError {
  return new UsageError('USAGE_SIMULATOR_OPTION', `simulated reader, option "${name}": ${why}`);
}
