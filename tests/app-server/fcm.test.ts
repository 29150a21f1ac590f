/** Notifications through Firebase Cloud Messaging, against a local stand-in (DM 2.0 E.2.4). */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addAddress, notificationSender } from '../../src/app/index.js';
import { fcmSender } from '../../src/app/server/fcm.js';
import { HttpClient } from '../../src/net/index.js';
import { pskAccount, testServer } from './raw.js';

const DEV = 'urn:dev:phone';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const octets = (value: unknown) => Uint8Array.from(Buffer.from(JSON.stringify(value)));

test('the notification reaches the service; a RegId that is gone is forgotten', async () => {
  const heard: { url: string; authorization: string | undefined; body: string }[] = [];
  let gone = false;
  const google = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      if (request.url === '/token')
        return response.end('{"access_token":"ya29","expires_in":3600,"token_type":"Bearer"}');
      heard.push({ url: request.url!, authorization: request.headers.authorization, body });
      if (!gone) return response.end('{"name":"projects/p1/messages/1"}');
      response.statusCode = 404;
      const details = [
        { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'UNREGISTERED' },
      ];
      return response.end(JSON.stringify({ error: { code: 404, status: 'NOT_FOUND', details } }));
    });
  });
  google.listen(0, '127.0.0.1');
  await once(google, 'listening');
  const endpoint = `http://127.0.0.1:${(google.address() as AddressInfo).port}`;
  const account = {
    project_id: 'p1',
    client_email: 'dm@p1',
    private_key: PEM,
    token_uri: `${endpoint}/token`,
  };
  const http = new HttpClient();
  const fcm = fcmSender({ account: octets(account), endpoint }, http, () => new Date());
  const server = await testServer({ send: notificationSender({ fcm }) });
  try {
    await server.store.putAccount(pskAccount('a', { devId: DEV }));
    await addAddress(server.store, DEV, { transport: 'gcm', regId: 'APA91b:x' }, 1);
    await server.notify(DEV);
    expect(server.events).toContainEqual({
      type: 'notification',
      devId: DEV,
      notificationId: 0,
      transport: 'gcm',
      ok: true,
    });
    const [{ url, authorization, body }] = heard as [(typeof heard)[0]];
    expect([url, authorization]).toEqual(['/v1/projects/p1/messages:send', 'Bearer ya29']);
    const { message } = JSON.parse(body) as { message: { token: string; data: { SMS: string } } };
    expect(message.token).toBe('APA91b:x');
    // Package#0: version 2 in the first four bits (§7.1.1.1).
    expect(Buffer.from(message.data.SMS, 'base64')[0]! >> 4).toBe(2);
    gone = true;
    await server.notify(DEV);
    expect(server.events).toContainEqual(
      expect.objectContaining({ type: 'notification', notificationId: 1, ok: false }),
    );
    expect(await server.store.device(DEV)).toMatchObject({ addresses: [] });
    expect(JSON.stringify(server.events)).not.toContain('ya29');
  } finally {
    await server.stop();
    http.close();
    google.close();
  }
});

test('files that are no service account; nothing of them is told', () => {
  const http = new HttpClient();
  const make = (account: Uint8Array) => () => fcmSender({ account }, http, () => new Date());
  const refused = expect.objectContaining({ code: 'DATA_SERVICE_ACCOUNT' });
  for (const value of [
    [],
    'x',
    {},
    { project_id: 'p', client_email: 'c' },
    { project_id: 1, client_email: 'c', private_key: PEM },
  ]) {
    expect(make(octets(value))).toThrow(refused);
  }
  expect(make(octets({ project_id: 'p', client_email: 'c', private_key: 'top-secret' }))).toThrow(refused);
  const broken = Uint8Array.from(Buffer.from('{"private_key": top-secret'));
  expect(make(broken)).toThrow(refused);
  expect(make(broken)).not.toThrow(/top-secret/);
  http.close();
});
