/**
 * GBA push: derivations and protected messages per second of processor time against the bare HMAC and AES work of the
 * same, and pushes per second from the BSF to the bearer on one core. Medians of several rounds, taken in turn. Needs a
 * build.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const gba = await import(`${dist}/src/gba/index.js`);
const { protectBootstrap, unprotectBootstrap } = await import(`${dist}/src/bootstrap/index.js`);
const { runPush } = await import(`${dist}/src/app/index.js`);
const { memoryStore } = await import(`${dist}/src/dm/index.js`);

const ROUNDS = 9;
const MILLISECONDS = 150;
const TARGET_RATIO = 0.7;
const TURN = 200;
const DEVICES = 5000;
const random = (length) => randomBytes(length);

const input = {
  ks: random(32),
  rand: random(16),
  impi: '001010123456789@ims.mnc001.mcc001.3gppnetwork.org',
  nafId: gba.nafId('dm.example.com', gba.UA_SIMULATOR),
};
const { dmbik, dmbek } = gba.dmKeys(gba.ksExtNaf(input));
const association = {
  pTid: '0123456789abcdef@dm.example.com',
  nafId: input.nafId,
  rand: input.rand,
  keys: { dmbik, dmbek },
  expires: new Date(Date.now() + 3_600_000),
};
const store = { find: () => association, use: () => {} };
const now = new Date();

/** From Ks to DMBIK and DMBEK: three HMACs over texts that are made already. */
const derivation = {
  bare: (() => {
    const texts = ['gba', 'bik', 'bek'].map((_, index) => random(index === 0 ? 106 : 9));
    return () => {
      const key = createHmac('sha256', input.ks).update(texts[0]).digest();
      createHmac('sha256', key).update(texts[1]).digest();
      createHmac('sha256', key).update(texts[2]).digest();
    };
  })(),
  simboot: () => gba.dmKeys(gba.ksExtNaf(input)),
};

const results = [measure('derivation of DMBIK and DMBEK', derivation)];
for (const octets of [600, 2000]) {
  const document = random(octets);
  results.push(
    measure(`protect, ${octets} octets`, {
      bare: bareProtect(document),
      simboot: () => protectBootstrap(document, association, { random }),
    }),
  );
  const message = protectBootstrap(document, association, { random });
  results.push(
    measure(`unprotect, ${octets} octets`, {
      bare: bareUnprotect(message),
      simboot: () => unprotectBootstrap(message, store, now),
    }),
  );
}
const pushes = await pushesPerSecond();
console.log(JSON.stringify({ node: process.version, results, pushes }));
process.exitCode = results.every(({ ratio }) => ratio >= TARGET_RATIO) ? 0 : 1;

/** The vector, the encryption and the tag over header, binding, vector and ciphertext; nothing is put together. */
function bareProtect(document) {
  const around = random(72 + 2 + input.nafId.length + 2 + 16);
  return () => {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', dmbek, iv);
    const ciphertext = Buffer.concat([cipher.update(document), cipher.final()]);
    createHmac('sha256', dmbik).update(around).update(iv).update(ciphertext).digest();
  };
}

function bareUnprotect(message) {
  const around = random(72 + 2 + input.nafId.length + 2 + 16);
  const header = 8 + 2 + association.pTid.length + 2 + 'application/dmmo+json'.length;
  const iv = message.subarray(header, header + 16);
  const ciphertext = message.subarray(header + 16, -32);
  const tag = message.subarray(-32);
  return () => {
    const expected = createHmac('sha256', dmbik).update(around).update(iv).update(ciphertext).digest();
    timingSafeEqual(expected, tag);
    const decipher = createDecipheriv('aes-256-cbc', dmbek, iv);
    Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  };
}

function measure(name, contenders) {
  const rates = { bare: [], simboot: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [who, run] of Object.entries(contenders)) {
      const rate = perSecond(run);
      if (round > 0) rates[who].push(rate);
    }
  }
  const [bare, simboot] = [middle(rates.bare), middle(rates.simboot)];
  return { name, bare, simboot, ratio: Math.round((100 * simboot) / bare) / 100 };
}

function perSecond(run) {
  const before = process.cpuUsage();
  let done = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < TURN; i++) run();
    done += TURN;
    const { user, system } = process.cpuUsage(before);
    elapsed = (user + system) / 1000;
  } while (elapsed < MILLISECONDS);
  return (done * 1000) / elapsed;
}

/** A campaign in memory: AKA vector of the BSF, fresh account, document, protection; the bearer counts. */
async function pushesPerSecond() {
  const subscribers = gba.memorySubscribers();
  const impi = (n) => `${String(1010000000000 + n).padStart(15, '0')}@ims.mnc001.mcc001.3gppnetwork.org`;
  const numbers = Array.from({ length: DEVICES }, (_, n) => n);
  await subscribers.putSubscribers(
    numbers.map((n) => ({
      impi: impi(n),
      publicIds: [],
      keys: { algorithm: 'milenage', k: random(16), opc: random(16) },
      amf: Uint8Array.of(0x80, 0),
      sqn: new Uint8Array(6),
      gbaU: false,
    })),
  );
  const devices = numbers.map((n) => ({
    ueId: impi(n),
    ueIdType: 'PRIVATE',
    address: `sms:${n}`,
    gba: 'GBA_ME',
  }));
  const clock = () => new Date();
  let octets = 0;
  const before = process.cpuUsage();
  const { counts } = await runPush({
    campaignId: 'bench',
    devices,
    wait: false,
    pushes: gba.memoryPushes(),
    accounts: memoryStore(),
    server: { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' },
    naf: { fqdn: 'dm.example.com', uaId: gba.UA_SIMULATOR },
    clock,
    random,
    signal: new AbortController().signal,
    async source(request) {
      const record = await subscribers.subscriber(request.ueId, request.ueIdType);
      const functions = gba.subscriptionFunctions(record.keys);
      const result = gba.retrievePushInfo(
        request,
        { ...record, functions },
        { now: clock(), random, longestLife: 86_400 },
      );
      functions.wipe();
      await subscribers.advanceSqn(record.impi, record.sqn, result.sqn);
      return result.answer;
    },
    async bearer(_, { pushInfo, message }) {
      octets += pushInfo.length + message.length;
    },
  });
  const { user, system } = process.cpuUsage(before);
  if (counts.sent !== DEVICES) throw new Error(JSON.stringify(counts));
  return {
    devices: DEVICES,
    perSecond: Math.round((DEVICES * 1_000_000) / (user + system)),
    octetsEach: Math.round(octets / DEVICES),
  };
}

function middle(list) {
  return Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]);
}
