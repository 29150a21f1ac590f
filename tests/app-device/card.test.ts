/** What reading a card at switching on tells (DM 2.0 §8.1): a complete read, or nothing. */

import { readCard } from '../../src/app/device/card.js';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { encodePin } from '../../src/card/index.js';
import { ReaderError } from '../../src/errors/index.js';
import { profileWith } from '../bootstrap-card/support.js';
import { accountDocument, Slot, scp03Keys } from './cards.js';

const DOCUMENT = accountDocument('dm1', 'https://dm.example.com/dm');

test('a document and the ICCID of the card', async () => {
  const slot = new Slot('uicc');
  await slot.write(DOCUMENT);
  const result = await readCard({ open: slot.open });
  expect(result).toMatchObject({ ok: true, iccid: expect.stringMatching(/^89\d{17}/) });
  expect(result.ok && result.documents.map(decodeUtf8)).toEqual([DOCUMENT]);
});

test('a SIM that knows 2G alone', async () => {
  const slot = new Slot('sim');
  const channel = await slot.open();
  await channel.close();
  expect(await readCard({ open: slot.open })).toMatchObject({ ok: true, documents: [] });
  expect(slot.commands.slice(1).every((command) => command.startsWith('a0'))).toBe(true);
});

test('a card without a document: read, and nothing on it', async () => {
  const slot = new Slot('uicc');
  expect(await readCard({ open: slot.open })).toMatchObject({ ok: true, documents: [] });
});

test('a card without a PKCS#15 application is such a card, too', async () => {
  const slot = new Slot('uicc-no-pkcs15');
  expect(await readCard({ open: slot.open })).toMatchObject({ ok: true, documents: [] });
});

test('through a secure channel: nothing but INITIALIZE UPDATE and wrapped commands after the SELECT', async () => {
  const slot = new Slot('uicc-scp03-only');
  await slot.write(DOCUMENT, scp03Keys());
  const result = await readCard({ open: slot.open, keysOn: () => scp03Keys() });
  expect(result.ok && result.documents.map(decodeUtf8)).toEqual([DOCUMENT]);
  const start = slot.commands.findIndex((command) => command.startsWith('8582'));
  expect(slot.commands[start - 1]).toMatch(/^8150/);
  expect(slot.commands.slice(start + 1, -1).every((command) => command.startsWith('05'))).toBe(true);
});

describe('what tells nothing', () => {
  test('no reader', async () => {
    const open = () => Promise.reject(new ReaderError('READER_NONE', 'no reader is connected'));
    expect(await readCard({ open })).toEqual({ ok: false, reason: 'no reader is connected (READER_NONE)' });
  });

  test('a card that is pulled out at any exchange', async () => {
    const slot = new Slot('uicc');
    await slot.write(DOCUMENT);
    await readCard({ open: slot.open });
    const exchanges = slot.commands.length;
    for (let n = 1; n < exchanges; n++) {
      slot.card.faults.tearAt(n);
      expect(await readCard({ open: slot.open })).toMatchObject({ ok: false });
      slot.card.faults.clear();
    }
  });

  test('a PIN that is wrong or missing', async () => {
    const slot = new Slot('uicc-locked');
    expect(await readCard({ open: slot.open })).toMatchObject({ ok: false });
    const wrong = { pin: encodePin('0000') };
    expect(await readCard({ open: slot.open, keysOn: () => wrong })).toMatchObject({ ok: false });
  });

  test('a secure channel that fails, or is missing where the card wants one', async () => {
    const slot = new Slot('uicc-scp03-only');
    await slot.write(DOCUMENT, scp03Keys());
    const wrong = scp03Keys('00'.repeat(16));
    expect(await readCard({ open: slot.open, keysOn: () => wrong })).toMatchObject({ ok: false });
    expect(await readCard({ open: slot.open })).toMatchObject({ ok: false });
  });

  test('a document whose writing was interrupted', async () => {
    const slot = new Slot('uicc');
    await slot.write(DOCUMENT);
    const other = accountDocument('dm2', 'https://other.example.com/dm');
    await expect(slot.write(other, {}, { tearInside: true })).rejects.toMatchObject({ kind: 'reader' });
    slot.card.faults.clear();
    const result = await readCard({ open: slot.open });
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('interrupted') });
  });

  test('an application that 2G has no way to, because EF(DIR) has no path', async () => {
    const records = ['61174F0CA000000063504B43532D31355007504B4353233135'];
    const slot = new Slot(profileWith('uicc', ({ mf }) => Object.assign(mf['2F00']!, { records })));
    expect(await readCard({ open: slot.open, mode: '2g' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('CARD_NO_PKCS15'),
    });
  });

  test('a card that the device does not take (SIM lock)', async () => {
    const slot = new Slot('uicc');
    await slot.write(DOCUMENT);
    const seen: (string | undefined)[] = [];
    const accepts = (iccid: string | undefined) => {
      seen.push(iccid);
      return false;
    };
    expect(await readCard({ open: slot.open, accepts })).toEqual({
      ok: false,
      reason: 'the device does not take this card',
    });
    expect(seen).toEqual([expect.stringMatching(/^89/)]);
    expect(slot.commands.some((command) => command.startsWith('00a40404'))).toBe(false);
  });
});
