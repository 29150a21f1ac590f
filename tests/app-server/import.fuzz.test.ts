/** 100,000 damaged files of accounts: findings or typed errors, and every account that comes out is a whole one. */
import { readAccounts } from '../../src/app/server/import/read-accounts.js';
import { readCsv, readJsonRows, sealCell } from '../../src/app/server/index.js';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import { fuzz } from '../support/fuzz.js';

const KEY = new SealingKey(new Uint8Array(32).fill(3));
const nonce = (octets: number) => new Uint8Array(octets).fill(5);
const cell = (row: string, column: 'psk' | 'noti_secret') =>
  sealCell(KEY, row, column, Uint8Array.of(1, 2, 3), nonce);
let whole = 0;

function accountsOf(text: string): void {
  const { rows, findings } = /^\s*[[{]/.test(text) ? readJsonRows(text) : readCsv(text);
  const read = readAccounts(rows, { sealedUnder: KEY }, 1);
  for (const { row, message } of [...findings, ...read.findings]) {
    if (!Number.isInteger(row) || row < 1 || message === '') throw new Error('a finding that finds nothing');
  }
  for (const { accountId, srvId, credentials } of read.accounts) {
    whole++;
    if (accountId === '' || srvId === '') throw new Error('an account without its names');
    for (const credential of credentials) {
      // What was sealed comes out as it was, or not at all.
      if (credential.kind === 'identity-secret' && credential.secret.join() !== '1,2,3')
        throw new Error('another secret');
    }
  }
}

test('100,000 damaged files: whole accounts, findings, typed errors', () => {
  const seeds = [
    encodeUtf8(
      `account,srvid,psk_identity,psk,noti_secret\na,s,i,${cell('a', 'psk')},${cell('a', 'noti_secret')}\n"b ""q""",s,j,,\n`,
    ),
    encodeUtf8(
      `{"account":"a","srvid":"s","psk_identity":"i","psk":"${cell('a', 'psk')}"}\n{"account":"b"}\n`,
    ),
    encodeUtf8('[{"account":"a","srvid":"s","certificate_sha256":"'.concat('ab'.repeat(32), '"}]')),
  ];
  const { accepted, refused } = fuzz((octets) => accountsOf(decodeUtf8(octets)), seeds);
  expect(accepted).toBeGreaterThan(10_000);
  expect(refused).toBeGreaterThan(100);
  expect(whole).toBeGreaterThan(1000);
});
