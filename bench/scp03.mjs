/**
 * Secure messaging at level 33 (AES-128, S8): wrap and unwrap per second, against the bare AES and CMAC work of the
 * same exchange. Medians of several rounds, taken in turn. Needs a build.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { cbc, cmac, ecb } from '@noble/ciphers/aes.js';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const { AesKey, nobleEngine, nodeEngine, pad80 } = await import(`${dist}/src/crypto/index.js`);
const { SecureMessaging } = await import(`${dist}/src/globalplatform/index.js`);

const SIZES = [16, 100, 239];
const ROUNDS = 7;
const EXCHANGES = 400;
const MILLISECONDS = 150;
const TARGET_RATIO = 0.7;
const raw = { enc: octets(16, 1), mac: octets(16, 2), rmac: octets(16, 3) };
const ZERO = new Uint8Array(16);
/** The card's MAC chaining value, by the keys of its session. */
const chains = new WeakMap();

const bareNoble = {
  block: (key, block) => ecb(key, { disablePadding: true }).encrypt(block),
  encrypt: (key, iv, data) => cbc(key, iv, { disablePadding: true }).encrypt(data),
  decrypt: (key, iv, data) => cbc(key, iv, { disablePadding: true }).decrypt(data),
  mac: (key, message) => cmac(message, key),
};
const nodeCbc = (key, iv, data) => createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(data);
/** The CMAC subkeys are what any program would keep with the key. */
const subkeys = new Map(Object.values(raw).map((key) => [key, makeSubkeys(key)]));
const bareNode = {
  block: (key, block) => nodeCbc(key, ZERO, block),
  encrypt: nodeCbc,
  decrypt: (key, iv, data) => createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(data),
  mac: (key, message) => nodeCmac(key, message),
};

const results = SIZES.map((size) => {
  const work = { noble: bareWork(bareNoble, size), node: bareWork(bareNode, size) };
  const product = {
    noble: exchanges(size, nobleEngine),
    node: exchanges(size, nodeEngine),
  };
  const contenders = [
    ['bareNoble', work.noble],
    ['bareNode', work.node],
    ['productNoble', product.noble],
    ['productNode', product.node],
  ];
  const rates = Object.fromEntries(contenders.map(([name]) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, run] of contenders) {
      const rate = perSecond(run);
      if (round > 0) rates[name].push(rate);
    }
  }
  const median = Object.fromEntries(Object.entries(rates).map(([name, list]) => [name, middle(list)]));
  return {
    octets: size,
    exchangesPerSecond: median,
    ratioToBareNoble: ratio(median.productNoble, median.bareNoble),
    ratioToBareNode: ratio(median.productNoble, median.bareNode),
    nodeEngineRatioToBareNode: ratio(median.productNode, median.bareNode),
  };
});
console.log(JSON.stringify({ level: '33', mode: 'S8', key: 'AES-128', node: process.version, results }));
const worst = Math.min(...results.flatMap((one) => [one.ratioToBareNoble, one.ratioToBareNode]));
process.exitCode = worst >= TARGET_RATIO ? 0 : 1;

/** The AES and CMAC calls of one exchange with `size` octets out and `size` back; returns exchanges done. */
function bareWork(crypto, size) {
  const body = pad80(octets(size, 9));
  const command = new Uint8Array(16 + 5 + body.length);
  const response = new Uint8Array(16 + body.length + 2);
  const counter = octets(16, 5);
  return () => {
    for (let i = 0; i < EXCHANGES; i++) {
      crypto.encrypt(raw.enc, crypto.block(raw.enc, counter), body);
      crypto.mac(raw.mac, command);
      crypto.mac(raw.rmac, response);
      crypto.decrypt(raw.enc, crypto.block(raw.enc, counter), body);
    }
    return EXCHANGES;
  };
}

/** The same exchanges through the product, against answers that a card would give. */
function exchanges(size, engine) {
  const keys = Object.fromEntries(Object.entries(raw).map(([name, key]) => [name, new AesKey(key, engine)]));
  const command = { cla: 0x00, ins: 0xd6, p1: 0, p2: 0, data: octets(size, 9) };
  const options = { mode: 'S8', level: 0x33, extendedLength: true };
  const recorder = new SecureMessaging(keys, options);
  const answers = Array.from({ length: EXCHANGES }, (_, at) => {
    const { data } = recorder.wrap(command);
    return cardAnswer(keys, data, at + 1, size, command);
  });
  return () => {
    const messaging = new SecureMessaging(keys, options);
    for (const answer of answers) {
      messaging.wrap(command);
      messaging.unwrap(answer);
    }
    return EXCHANGES;
  };
}

function cardAnswer(keys, wrapped, counter, size, { ins, p1, p2 }) {
  const chain = counter === 1 ? ZERO : chains.get(keys);
  const body = wrapped.subarray(0, -8);
  const extended = wrapped.length > 255;
  const lc = extended ? [0, wrapped.length >> 8, wrapped.length & 0xff] : [wrapped.length];
  const next = keys.mac.cmac(chain, Uint8Array.of(0x04, ins, p1, p2, ...lc), body);
  chains.set(keys, next);
  const block = new Uint8Array(16);
  block.set([0x80]);
  block.set([counter >> 8, counter & 0xff], 14);
  const cipher = keys.enc.encryptCbc(keys.enc.encryptBlock(block), pad80(octets(size, 4)));
  const mac = keys.rmac.cmac(next, cipher, Uint8Array.of(0x90, 0x00)).subarray(0, 8);
  const data = new Uint8Array(cipher.length + 8);
  data.set(cipher);
  data.set(mac, cipher.length);
  return { data, sw: 0x9000 };
}

function nodeCmac(key, message) {
  const whole = message.length % 16 === 0;
  const padded = whole ? Uint8Array.from(message) : pad80(message);
  const subkey = subkeys.get(key)[whole ? 0 : 1];
  for (let i = 0; i < 16; i++) padded[padded.length - 16 + i] ^= subkey[i];
  return nodeCbc(key, ZERO, padded).subarray(-16);
}

function makeSubkeys(key) {
  const double = (block) => {
    const out = block.map((octet, i) => ((octet << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff);
    if (block[0] & 0x80) out[15] ^= 0x87;
    return out;
  };
  const first = double(new Uint8Array(nodeCbc(key, ZERO, ZERO)));
  return [first, double(first)];
}

function perSecond(run) {
  const before = process.cpuUsage();
  let done = 0;
  let elapsed = 0;
  do {
    done += run();
    const { user, system } = process.cpuUsage(before);
    elapsed = (user + system) / 1000;
  } while (elapsed < MILLISECONDS);
  return (done * 1000) / elapsed;
}

function octets(length, seed) {
  return Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 0xff);
}

function middle(list) {
  return Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]);
}

function ratio(a, b) {
  return Math.round((a / b) * 100) / 100;
}
