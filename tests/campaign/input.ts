/** Orders of a campaign: records from a seed, and the job that makes cards of them. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { luhnCheckDigit } from '../../src/bytes/index.js';
import type { OrderedRecord } from '../support/line/judge.js';

/** What every card of a campaign gets; its octets are written out by hand in the judge. */
const JOB = `simboot: job/1
name: campaign
version: "1"
card:
  atr: 3B9F9481B1FE451FC7*
  identity: cplc
  simulated: uicc-line
records:
  file: cards.csv
  columns:
    iccid: iccid
    imsi: { type: imsi, prefixes: "00101" }
    ki: { type: hex, length: 16 }
    opc: { type: hex, length: 16 }
    adm1: { type: digits, length: 8 }
    puk1: { type: digits, length: 8, secret: true }
draw:
  pin1: 4 digits
  psk: 32 octets
keys:
  adm: "12345678"
steps:
  - iccid: "\${iccid}"
  - imsi: "\${imsi}"
  - acc: { imsi: "\${imsi}" }
  - spn: Campaign
  - hplmnwact: [{ plmn: "00101", access: [e-utran] }]
  - smsp: { serviceCentre: "+888210000000" }
  - { name: subscription, file: ADF_USIM/A001, value: "\${ki}\${opc}", writeOnly: true }
  - bootstrap:
      accounts:
        - srvId: dm.example.com
          srvUri: https://dm.example.com/dm
          name: Campaign
          bootstrap:
            serverUri: https://bootstrap.example.com
            psk: { identity: "\${iccid}", key: { hex: "\${psk}" } }
  - { name: PUK1, pin: "0E", current: "00000000", value: "\${puk1}" }
  - { name: PIN1, pin: "01", current: "0000", value: "\${pin1}", enabled: true }
  - { name: ADM1, pin: "0A", value: "\${adm1}" }
checks:
  authenticate: { k: "\${ki}", opc: "\${opc}" }
stop: { consecutiveFailures: 0, yieldFloor: { percent: 0 }, wrongAtr: 0, keyMismatch: 0, slotFailures: 0 }
timing: { stepTimeoutMs: 60000, contactRetries: 3 }
outputs:
  server:
    file: server.csv
    columns: [iccid, { field: pin1, clear: true }, { field: psk, clear: true }, { header: card, value: "\${card}" }]
`;

/** The record with a number. */
function recordOf(seed: number, number: number): OrderedRecord {
  const secrets = createHash('sha512').update(`campaign ${seed} ${number}`).digest('hex');
  const digits = `8988211${String(seed % 100).padStart(2, '0')}${String(number).padStart(9, '0')}`;
  const decimal = (from: number) => String(Number.parseInt(secrets.slice(from, from + 8), 16) % 100_000_000);
  return {
    number,
    iccid: digits + luhnCheckDigit(digits),
    imsi: `00101${String(number).padStart(10, '0')}`,
    ki: secrets.slice(0, 32),
    opc: secrets.slice(32, 64),
    adm1: decimal(64).padStart(8, '0'),
    puk1: decimal(72).padStart(8, '0'),
  };
}

/** Writes `job.yaml` and `cards.csv`. */
export function writeOrder(folder: string, seed: number, count: number): OrderedRecord[] {
  const records = Array.from({ length: count }, (_, index) => recordOf(seed, index + 1));
  const rows = records.map(({ iccid, imsi, ki, opc, adm1, puk1 }) =>
    [iccid, imsi, ki, opc, adm1, puk1].join(','),
  );
  writeFileSync(join(folder, 'cards.csv'), `iccid,imsi,ki,opc,adm1,puk1\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'job.yaml'), JOB);
  return records;
}
