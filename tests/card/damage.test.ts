/** A card that answers with damaged octets at any exchange: typed errors, an end, and never a wrong kind of failure. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { type Card, encodePin, openCard } from '../../src/card/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { repeatable } from '../support/fuzz.js';
import { answer2g, FCP_ADF, fcp, PKCS15 } from './support.js';

const GOOD = [
  `${FCP_ADF} 9000`,
  `${fcp('6431', '0200')} 9000`,
  '621A 82054221002604 83022F00 8A0105 8B032F0601 80020098 8801F0 9000',
  '6214 82024121 83026431 8A0105 8C03031000 80020010 9000',
  '620B 82044221 0030 83022F06 8A0105 9000',
  `${answer2g('6431', '0020')} 9000`,
  '000010007F500200000000000A1300030400838A838A00 9000',
  '800101A40683010195010880011AA40683010A950108 9000',
  `${'AA'.repeat(38)} 9000`,
  '9000',
  '6110',
  '9F17',
  '6C05',
  '6705',
  '63C3',
  '6A82',
  '6A86',
  '6982',
  '9404',
].map(fromHex);

function noisy(random: (below: number) => number, protocol: Protocol): CardChannel {
  return {
    reader: 'noisy',
    atr: Uint8Array.of(0x3b, 0x00),
    protocol,
    async transmit() {
      const answer = GOOD[random(GOOD.length)]!.slice();
      if (random(3) === 0 && answer.length > 0) answer[random(answer.length)] = random(256);
      return random(40) === 0 ? answer.subarray(0, random(answer.length + 1)) : answer;
    },
    async reset() {},
    async close() {},
  };
}

const OPERATIONS: readonly ((card: Card) => Promise<unknown>)[] = [
  (card) => card.select({ path: [0x3f00, 0x2f00] }),
  (card) => card.selectApplication(PKCS15),
  (card) => card.readBinary({ application: PKCS15, relative: [0x6431] }),
  (card) => card.readRecords({ path: [0x3f00, 0x2f00] }),
  (card) => card.updateBinary({ path: [0x3f00, 0x7f50, 0x6431] }, 3, new Uint8Array(20)),
  (card) => card.updateRecord({ path: [0x3f00, 0x2f00] }, 1, new Uint8Array(38)),
  (card) => card.accessCondition({ application: PKCS15, relative: [0x6431] }, 'update'),
  (card) => card.keysNeeded({ path: [0x3f00, 0x7f50, 0x6431] }, 'read'),
  (card) => card.present(0x0a, encodePin('1234'), { consentUnknownTries: true }),
  (card) => card.resizeFile({ application: PKCS15, relative: [0x6431] }, 10),
  (card) => card.deleteFile({ application: PKCS15, relative: [0x6431] }),
  async (card) => (await card.openLogicalChannel()).close(),
];

test.each<Protocol>(['T=0', 'T=1'])('5,000 sessions of noise over %s', async (protocol) => {
  const random = repeatable(protocol === 'T=0' ? 7 : 11);
  let done = 0;
  for (let i = 0; i < 5_000; i++) {
    const card = await openCard(noisy(random, protocol)).catch(typed);
    for (let step = 0; card && step < 4; step++) {
      const result = await OPERATIONS[random(OPERATIONS.length)]!(card).then(() => true, typed);
      if (result) done++;
    }
  }
  expect(done).toBeGreaterThan(500);
});

function typed(error: unknown): undefined {
  if (!(error instanceof SimbootError)) throw error;
}
