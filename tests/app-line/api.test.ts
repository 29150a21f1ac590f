/** The interface of a line over real sockets, octet by octet. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LineServer, type LineServerOptions, serveLine } from '../../src/app/index.js';
import { raw } from '../net-http/raw.js';
import { FakeControl, lineView, slotView } from '../support/fakeLine.js';

const TOKEN = 'a-token-that-nobody-guesses';
const SLOT = 'Virtual PCD/00 00';
const NAME = encodeURIComponent(SLOT);
const servers: LineServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function started(more: Partial<LineServerOptions> = {}, token: string | null = TOKEN) {
  const control = new FakeControl(
    lineView([slotView(SLOT, { state: 'waiting', record: 7 }), slotView('empty one')]),
  );
  const server = await serveLine({
    control,
    listen: { host: '127.0.0.1', port: 0 },
    run: 'r1',
    clock: () => new Date(0),
    ...(token === null ? {} : { token }),
    ...more,
  });
  servers.push(server);
  const port = Number(new URL(server.url).port);
  const ask = async (head: string, { headers = `Authorization: Bearer ${TOKEN}\r\n`, body = '' } = {}) => {
    const length = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    const text = await raw(
      port,
      `${head} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${length}Connection: close\r\n\r\n${body}`,
    );
    const at = text.indexOf('\r\n\r\n');
    const content = text.slice(at + 4);
    return {
      status: Number(text.slice(9, 12)),
      head: text.slice(0, at),
      body: content === '' ? undefined : JSON.parse(content),
    };
  };
  /** A stream, and everything that came on it. */
  const events = (headers = '') => {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    const stream = { socket, text: '', ended: false };
    socket.on('data', (chunk) => {
      stream.text += chunk.toString('utf8');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      stream.ended = true;
    });
    socket.write(`GET /events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${TOKEN}\r\n${headers}\r\n`);
    return stream;
  };
  return { control, server, port, ask, events };
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries > 200) throw new Error('it never came');
    await sleep(10);
  }
}

const note = (message: string) => ({ type: 'note' as const, at: 5, message });

describe('state', () => {
  test('the line, its slots, and one of them by its escaped name', async () => {
    const { control, ask } = await started();
    const line = await ask('GET /line');
    expect(line.status).toBe(200);
    expect(line.head).toMatch(/^content-type: application\/json\r$/im);
    expect(line.head).toMatch(/^cache-control: no-store\r$/im);
    expect(line.body).toEqual(JSON.parse(JSON.stringify(control.current)));
    expect((await ask('GET /slots')).body).toHaveLength(2);
    expect((await ask(`GET /slots/${NAME}?x=1`)).body).toMatchObject({
      slot: SLOT,
      state: 'waiting',
      record: 7,
    });
    expect((await ask('HEAD /line')).status).toBe(200);
  });
});

describe('control', () => {
  test('what an operator does by keys', async () => {
    const { control, ask } = await started();
    expect((await ask('POST /pause')).body.mode).toBe('paused');
    expect((await ask('POST /resume', { body: '{}' })).body.mode).toBe('running');
    expect((await ask(`POST /slots/${NAME}/reseat`)).body.slot).toBe(SLOT);
    await ask(`POST /slots/${NAME}/scrap`, { body: '{"code":"DAMAGED","message":"bent"}' });
    await ask(`POST /slots/${NAME}/scrap`, { body: '{"code":"CONTACT"}' });
    await ask(`POST /slots/${NAME}/scan`, { body: '{"code":"8949"}' });
    expect((await ask('POST /stop')).body.mode).toBe('stopping');
    expect(control.calls).toEqual([
      ['pause'],
      ['resume'],
      ['reseat', SLOT],
      ['scrap', SLOT, { code: 'DAMAGED', message: 'bent' }],
      ['scrap', SLOT, { code: 'CONTACT', message: 'given up by the line controller' }],
      ['scan', SLOT, '8949'],
      ['stop'],
    ]);
  });

  test.each([
    ['GET /nothing', '', 404, 'USAGE_LINE_REQUEST'],
    ['GET /slots/other', '', 404, 'USAGE_LINE_SLOT'],
    ['GET /slots/%ff', '', 400, 'USAGE_LINE_REQUEST'],
    ['GET /slots//scrap', '', 404, 'USAGE_LINE_REQUEST'],
    ['GET /slots/*', '', 404, 'USAGE_LINE_SLOT'],
    ['GET /slots/a/b/c', '', 404, 'USAGE_LINE_REQUEST'],
    ['GET /__proto__', '', 404, 'USAGE_LINE_REQUEST'],
    ['GET /slots/x/__proto__', '', 404, 'USAGE_LINE_REQUEST'],
    ['DELETE /line', '', 405, 'USAGE_LINE_REQUEST'],
    ['PATCH /line', '', 405, 'USAGE_LINE_REQUEST'],
    ['GET /pause', '', 405, 'USAGE_LINE_REQUEST'],
    ['POST /slots/empty%20one/reseat', '', 409, 'USAGE_LINE_SLOT'],
    ['POST /slots/other/scrap', '{"code":"DAMAGED"}', 404, 'USAGE_LINE_SLOT'],
    [`POST /slots/${NAME}/scrap`, '', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scrap`, '{"code":"bent"}', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scrap`, '{"code":7}', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scrap`, '{"code":"A","by":"x"}', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scrap`, '{"code":"A","__proto__":"x"}', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scrap`, '{"code":"A","code":"B"}', 400, 'DATA_JSON_DUPLICATE'],
    [`POST /slots/${NAME}/scrap`, '{"code":"A","message":"\\u001b[2J"}', 400, 'USAGE_LINE_REQUEST'],
    [`POST /slots/${NAME}/scan`, `{"code":"${'9'.repeat(65)}"}`, 400, 'USAGE_LINE_REQUEST'],
    ['POST /stop', '[1]', 400, 'USAGE_LINE_REQUEST'],
    ['POST /stop', '{"now":"yes"}', 400, 'USAGE_LINE_REQUEST'],
    ['POST /stop', '{"now', 400, 'DATA_JSON'],
  ])('%s %s: %i', async (head, body, status, code) => {
    const { control, ask } = await started();
    const answer = await ask(head, { body });
    expect([answer.status, answer.body.status, answer.body.code]).toEqual([status, status, code]);
    expect(answer.head).toMatch(/^content-type: application\/problem\+json\r$/im);
    expect(answer.body.detail).toBeTruthy();
    expect(answer.body.next).toBeTruthy();
    if (status === 405) expect(answer.head).toMatch(/^allow: (GET|POST)/im);
    expect(control.calls).toEqual([]);
  });

  test('a body of another kind or too large', async () => {
    const { ask, port } = await started();
    const text = {
      headers: `Authorization: Bearer ${TOKEN}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n`,
    };
    expect(
      (await raw(port, `POST /stop HTTP/1.1\r\nHost: h\r\n${text.headers}Connection: close\r\n\r\n{}`)).slice(
        9,
        12,
      ),
    ).toBe('415');
    expect((await ask('POST /stop', { body: ' '.repeat(4_097) })).status).toBe(413);
  });
});

describe('access', () => {
  test.each([
    '',
    'Authorization: Bearer wrong\r\n',
    `Authorization: Basic ${TOKEN}\r\n`,
    'Authorization: Bearer\r\n',
  ])('without the token nothing is told or done: %j', async (headers) => {
    const { control, ask } = await started();
    for (const head of ['GET /line', 'GET /events', 'POST /stop', 'GET /nothing']) {
      const answer = await ask(head, { headers });
      expect([answer.status, answer.body.code]).toEqual([401, 'SECURITY_LINE_ACCESS']);
      expect(answer.head).toMatch(/^www-authenticate: Bearer/im);
      expect(JSON.stringify(answer.body)).not.toContain('spring');
    }
    expect(control.calls).toEqual([]);
  });

  test('without a token: programs of this machine, no web page of anybody', async () => {
    const { ask, port, control } = await started({}, null);
    expect((await ask('GET /line', { headers: '' })).status).toBe(200);
    expect((await ask('POST /pause', { headers: 'Origin: http://localhost:3000\r\n' })).status).toBe(200);
    expect((await ask('POST /stop', { headers: 'Origin: https://evil.example\r\n' })).status).toBe(403);
    expect((await ask('POST /stop', { headers: 'Origin: null\r\n' })).status).toBe(403);
    const rebound = await raw(port, 'POST /stop HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(rebound.slice(9, 12)).toBe('403');
    expect(control.calls).toEqual([['pause']]);
  });

  test.each([
    ['everywhere without a token', { host: '0.0.0.0' }, null, 'SECURITY_LINE_ACCESS'],
    ['everywhere in clear', { host: '0.0.0.0' }, TOKEN, 'USAGE_ARGUMENT'],
    ['with a short token', { host: '127.0.0.1' }, 'short', 'USAGE_ARGUMENT'],
    ['with a token of two lines', { host: '127.0.0.1' }, `${TOKEN}\r\nX: 1`, 'USAGE_ARGUMENT'],
  ])('is not opened %s', async (_, { host }, token, code) => {
    await expect(started({ listen: { host, port: 0 } }, token)).rejects.toMatchObject({ code });
  });
});

describe('events', () => {
  test('the view first, then each event with its id', async () => {
    const { control, events } = await started();
    control.emit(note('before'));
    const stream = events();
    await until(() => stream.text.includes('event: view'));
    control.emit(note('line\nend'));
    control.emit({ type: 'slot', at: 6, slot: slotView(SLOT, { state: 'good' }) });
    await until(() => stream.text.includes('"state":"good"'));
    const head = stream.text.slice(0, stream.text.indexOf('\r\n\r\n'));
    expect(head).toMatch(/^HTTP\/1\.1 200/);
    expect(head).toMatch(/^content-type: text\/event-stream\r$/im);
    expect(head).not.toMatch(/content-length/i);
    expect(stream.text).toMatch(
      /retry: \d+\n\nid: r1-1\nevent: view\ndata: \{"batchId":"spring"[^\n]*\}\n\n/,
    );
    expect(stream.text).toContain(
      'id: r1-2\nevent: note\ndata: {"type":"note","at":5,"message":"line\\nend"}\n\n',
    );
    expect(stream.text).toMatch(/id: r1-3\nevent: slot\ndata: \{[^\n]*\}\n\n/);
  });

  test('after a break what was missed comes first, and nothing twice', async () => {
    const { control, events } = await started();
    for (const message of ['one', 'two', 'three']) control.emit(note(message));
    const stream = events('Last-Event-ID: r1-1\r\n');
    await until(() => stream.text.includes('three'));
    control.emit(note('four'));
    await until(() => stream.text.includes('four'));
    expect(stream.text.match(/^(?:id|event): .*$/gm)).toEqual(
      ['r1-2', 'r1-3', 'r1-4'].flatMap((id) => [`id: ${id}`, 'event: note']),
    );
  });

  test.each(['r0-1', 'r1-9', 'r1-0', 'nonsense', 'r1-999999999999999999', 'r1--1'])(
    'an id that is not known (%s) begins anew with the view',
    async (id) => {
      const { control, events } = await started({ limits: { events: 2 } });
      for (let at = 1; at <= 8; at++) control.emit(note(`n${at}`));
      const stream = events(`Last-Event-ID: ${id}\r\n`);
      await until(() => stream.text.includes('event: view'));
      expect(stream.text).toContain('id: r1-8\nevent: view');
      expect(stream.text).not.toContain('event: note');
    },
  );

  test('heartbeats while nothing happens', async () => {
    const { events } = await started({ limits: { heartbeatMs: 20 } });
    const stream = events();
    await until(() => (stream.text.match(/^:\r?\n\r?\n/gm) ?? []).length >= 3);
  });

  test('a client that does not read is cut off; the others and the line go on', async () => {
    const { control, events, ask } = await started({ limits: { waitingOctets: 50_000 } });
    const slow = events();
    const quick = events();
    await until(() => slow.text.includes('view') && quick.text.includes('view'));
    slow.socket.pause();
    const long = 'x'.repeat(20_000);
    for (let at = 0; at < 600 && !slow.ended; at++) {
      control.emit(note(`${long}${at}`));
      await sleep(1);
    }
    slow.socket.resume();
    await until(() => slow.ended);
    expect(slow.text).not.toContain(`${long}599`);
    control.emit(note('still there'));
    await until(() => quick.text.includes('still there'));
    expect((await ask('GET /line')).status).toBe(200);
  });

  test('only so many at once; one that leaves makes room', async () => {
    const { events, ask } = await started({ limits: { streams: 2 } });
    const [first, second] = [events(), events()];
    await until(() => first.text.includes('view') && second.text.includes('view'));
    const refused = await ask('GET /events');
    expect([refused.status, refused.body.code]).toEqual([503, 'USAGE_LINE_REQUEST']);
    first.socket.destroy();
    await sleep(50);
    const third = events();
    await until(() => third.text.includes('view'));
  });

  test('the end of the line ends the streams at once', async () => {
    const { control, server, events } = await started();
    const stream = events();
    await until(() => stream.text.includes('view'));
    control.emit({ type: 'line', at: 9, mode: 'done' });
    const from = Date.now();
    await server.close();
    await until(() => stream.ended);
    expect(Date.now() - from).toBeLessThan(1_500);
    expect(stream.text).toContain('"mode":"done"');
    expect(control.listeners).toBe(0);
  });
});
