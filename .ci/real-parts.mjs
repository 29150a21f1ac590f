/** What the suites over the real PC/SC stack need on this machine, and what of it is missing. */
import { existsSync } from 'node:fs';
import { runNode } from './steps.mjs';

const PARTS = [
  ['pcscd', ['/usr/sbin/pcscd']],
  ['vsmartcard-vpcd', ['/usr/lib/pcsc/drivers/serial/libifdvpcd.so']],
  ['pkcs15-tool', ['/usr/bin/pkcs15-tool']],
  ['tshark', ['/usr/bin/tshark']],
];

/** Reasons, empty where everything is there. */
export function missingRealParts() {
  if (process.platform !== 'linux') return ['the reader service with virtual readers runs on Linux only'];
  const missing = PARTS.filter(([, places]) => !places.some((place) => existsSync(place))).map(
    ([name]) => `${name} is not installed`,
  );
  if (!runNode(['-e', "require('pcsclite')"], { quiet: true }).ok)
    missing.push('the PC/SC binding is not built');
  if (!existsSync('/run/pcscd/pcscd.comm')) missing.push('pcscd is not running');
  return missing;
}
