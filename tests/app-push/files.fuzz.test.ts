/** 100,000 damaged files of devices and of subscribers, and pushes of any content: findings or typed errors, nothing else. */
import { readPushAnswers, readPushDevices, readSubscribers } from '../../src/app/index.js';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import { decodeWspMessage, encodeWspMessage } from '../../src/net/index.js';
import { fuzz } from '../support/fuzz.js';

const K = '465b5ce8b199b49faa5f0a2ee238a6bc';

test('100,000 damaged files of devices', () => {
  const seeds = [
    'ue_id,address,gba\na@b,udp:192.0.2.1,u\n"sip:a@b",sms:+4917,me\n',
    'msisdn,address\n+491700000001,https://a.example/x\n',
    'imsi,mnc_digits,address\n001010000000001,3,udp:[::1]:9\n',
    '[{"impi":"a@b","address":"udp:a"},{"ue_id":"tel:+1","ue_id_type":"public","address":"sms:1"}]',
    '{"impi":"a@b","address":"udp:a"}\n{"ue_id":"c","address":"udp:b"}\n',
  ].map(encodeUtf8);
  let good = 0;
  const { accepted, refused } = fuzz((bytes) => {
    const { devices, findings } = readPushDevices(decodeUtf8(bytes));
    if (findings.length > 0) return;
    good++;
    // What passes can be queued: one record for each identity, addresses that a bearer knows.
    expect(new Set(devices.map(({ ueId }) => ueId)).size).toBe(devices.length);
    for (const { address } of devices) expect(address).toMatch(/^(udp:|sms:|https:\/\/)./);
  }, seeds);
  expect(accepted + refused).toBe(100_000);
  expect(good).toBeGreaterThan(1000);
});

test('100,000 damaged files of answers', () => {
  const [rand, auts] = ['0f'.repeat(16), '1e'.repeat(14)];
  const seeds = [
    `imsi,mnc_digits,rand,auts\n001010000000001,3,${rand},${auts}\n`,
    `[{"impi":"a@b","rand":"${rand}","auts":"${auts}"}]`,
  ].map(encodeUtf8);
  let good = 0;
  const { accepted, refused } = fuzz((bytes) => {
    const { answers, findings } = readPushAnswers(decodeUtf8(bytes));
    if (findings.length > 0) return;
    good++;
    for (const answer of answers) expect([answer.rand.length, answer.auts.length]).toEqual([16, 14]);
  }, seeds);
  expect(accepted + refused).toBe(100_000);
  expect(good).toBeGreaterThan(1000);
});

test('100,000 damaged files of subscribers', () => {
  const seeds = [
    `imsi,k,opc\n001010000000001,${K},${K}\n`,
    `impi,algorithm,k,topc,iterations,amf,sqn,gba_u,public_ids\na@b,tuak,${K},${K}${K},2,8000,000000000021,true,"tel:+1; sip:a@b"\n`,
  ].map(encodeUtf8);
  let good = 0;
  const { accepted, refused } = fuzz((bytes) => {
    const { subscribers, findings } = readSubscribers(decodeUtf8(bytes), { clear: true });
    for (const { message } of findings) expect(message).not.toContain(K);
    if (findings.length > 0) return;
    good++;
    for (const { keys, sqn, amf } of subscribers) {
      expect([16, 32]).toContain(keys.k.length);
      expect([sqn.length, amf.length]).toEqual([6, 2]);
    }
  }, seeds);
  expect(accepted + refused).toBe(100_000);
  expect(good).toBeGreaterThan(1000);
});

test('100,000 damaged pushes of any content', () => {
  const body = new Uint8Array(40).fill(3);
  const seeds = [
    encodeWspMessage('application/octet-stream; SEC=3GPP_GBA', body),
    encodeWspMessage('application/x-simboot-gpi', body, 2),
  ];
  const { accepted, refused } = fuzz((bytes) => {
    const { body: rest, parameters } = decodeWspMessage(bytes);
    expect(rest.length).toBeLessThanOrEqual(bytes.length);
    expect(Object.getPrototypeOf(parameters)).toBeNull();
  }, seeds);
  expect(accepted).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(1000);
});
