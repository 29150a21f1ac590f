/** MANAGE CHANNEL (TS 102 221 §11.1.17): each channel has its own selection, PINs are shared. */
import { SW } from '../../apdu/index.js';
import { initialSelection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';

const OPEN = 0x00;
const CLOSE = 0x80;
const SW_ONE_OCTET = 0x6c01;

export function manageChannel(machine: Machine, from: number, command: Command): Answer {
  const { p1, p2, data } = command;
  if (data.length > 0) return { sw: SW.WRONG_LENGTH };
  if (p1 === OPEN) return p2 === 0 ? openNext(machine, from, command) : openGiven(machine, from, p2);
  if (p1 === CLOSE) return close(machine, p2 === 0 ? from : p2);
  return { sw: SW.INCORRECT_P1P2 };
}

/** The number of the channel is one octet; with another Le nothing is opened. */
function openNext(machine: Machine, from: number, { le, takesAll }: Command): Answer {
  if (le !== 1 && !takesAll) return { sw: SW_ONE_OCTET };
  for (let channel = 1; channel < machine.behaviour.channels; channel++) {
    if (machine.channels.has(channel)) continue;
    open(machine, from, channel);
    return { sw: SW.OK, data: Uint8Array.of(channel) };
  }
  return { sw: SW.FUNCTION_NOT_SUPPORTED };
}

function openGiven(machine: Machine, from: number, channel: number): Answer {
  if (channel >= machine.behaviour.channels) return { sw: SW.CHANNEL_NOT_SUPPORTED };
  if (machine.channels.has(channel)) return { sw: SW.INCORRECT_P1P2 };
  open(machine, from, channel);
  return { sw: SW.OK };
}

/** Opened from the basic channel it starts at the MF; from another channel, where that one stands. */
function open(machine: Machine, from: number, channel: number): void {
  const selection = initialSelection(machine.mf);
  const opener = machine.channels.get(from);
  if (from !== 0 && opener !== undefined) {
    selection.df = opener.df;
    selection.application = opener.application;
  }
  machine.channels.set(channel, selection);
}

/** The basic channel is always open. */
function close(machine: Machine, channel: number): Answer {
  if (channel === 0) return { sw: SW.INCORRECT_P1P2 };
  machine.domain?.terminate(channel);
  return { sw: machine.channels.delete(channel) ? SW.OK : SW.CHANNEL_NOT_SUPPORTED };
}
