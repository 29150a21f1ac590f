/** Which addresses may be reached (RFC 6890), decided on the very address that is connected to. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { NetworkError } from '../../errors/index.js';

const FORBIDDEN_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Only 2000::/3 is global unicast; inside it, what is not global or carries an IPv4 address to a relay. */
const FORBIDDEN_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const forbidden4 = blockList(FORBIDDEN_IPV4, 'ipv4');
const forbidden6 = blockList(FORBIDDEN_IPV6, 'ipv6');
const global6 = blockList([['2000::', 3]], 'ipv6');
const mapped = blockList([['::ffff:0:0', 96]], 'ipv6');

function blockList(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family);
  return list;
}

/**
 * Whether an IP address is loopback, private, link-local, multicast, reserved, or hides another one.
 *
 * @example
 * isForbiddenAddress('192.168.1.1') // → true
 * isForbiddenAddress('8.8.8.8') // → false
 */
export function isForbiddenAddress(address: string): boolean {
  if (isIP(address) === 4) return forbidden4.check(address, 'ipv4');
  if (isIP(address) !== 6) return true;
  const plain = address.split('%')[0]!;
  if (mapped.check(plain, 'ipv6')) return forbidden4.check(plain, 'ipv6');
  return !global6.check(plain, 'ipv6') || forbidden6.check(plain, 'ipv6');
}

/** Finds the addresses of a name; `node:dns` unless told. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string }[]>;

/** Finds names as the machine does. */
export const systemResolve: Resolve = (name) => lookup(name, { all: true, verbatim: true });

/**
 * The addresses of a host. The caller connects to these and does not look the name up again, so that no second answer
 * of the name server can lead elsewhere.
 *
 * @throws NetworkError `NETWORK_UNREACHABLE` for an unknown name, `NETWORK_ADDRESS_FORBIDDEN` where any of its
 *   addresses is forbidden
 */
export async function addressesOf(
  host: string,
  forbidPrivate: boolean,
  resolve: Resolve = systemResolve,
): Promise<string[]> {
  const found = isIP(host) === 0 ? await lookUp(host, resolve) : [host];
  const bad = forbidPrivate ? found.find(isForbiddenAddress) : undefined;
  if (bad !== undefined) {
    throw new NetworkError('NETWORK_ADDRESS_FORBIDDEN', `${host} is at ${bad}, which must not be reached`, {
      details: { host, address: bad },
    });
  }
  return found;
}

async function lookUp(host: string, resolve: Resolve): Promise<string[]> {
  try {
    const found = await resolve(host);
    if (found.length > 0) return found.map(({ address }) => address);
  } catch (cause) {
    throw new NetworkError('NETWORK_UNREACHABLE', `the name ${host} has no address`, {
      cause,
      details: { host },
    });
  }
  throw new NetworkError('NETWORK_UNREACHABLE', `the name ${host} has no address`, { details: { host } });
}
