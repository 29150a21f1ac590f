/** The web component: its pages as text, and in a browser (DM 2.0 §5.3.7). */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import { type Answer, checkQuestion, type Question, servePage, type UiRecord } from '../../src/dm/index.js';
import { DEV_ID, START } from './device.js';

const NOW = new Date(START);
const EVIL = `<script>alert(1)</script>"'&`;

function record(question: Question, changes: Partial<UiRecord> = {}): UiRecord {
  return {
    uiId: 'u'.repeat(32),
    devId: DEV_ID,
    commandId: 'j/0',
    question,
    state: 'open',
    createdAt: START,
    expiresAt: START + 1000,
    ...changes,
  };
}
type PageRequest = Parameters<typeof servePage>[1];
const get: PageRequest = { method: 'GET', headers: {}, body: new Uint8Array(0) };
const form = (body: string, headers: Record<string, string> = {}): PageRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: encodeUtf8(body),
});
const text = (question: Question, request = get) =>
  decodeUtf8(servePage(record(question), request, NOW).response.body!);

const CONFIRM: Question = { kind: 'confirm', title: 'Camera', text: 'Switch it off?' };
const CHOICES = [
  { value: 'a', label: 'First' },
  { value: EVIL, label: EVIL },
];

test('everything that comes from outside is escaped', () => {
  const questions: Question[] = [
    { kind: 'confirm', title: EVIL, text: EVIL, yes: EVIL, no: EVIL },
    { kind: 'choice', title: EVIL, text: EVIL, choices: CHOICES },
    { kind: 'choices', title: EVIL, text: EVIL, choices: CHOICES },
    { kind: 'text', title: EVIL, text: EVIL, maxLength: 1 },
  ];
  for (const question of questions) {
    for (const request of [
      get,
      form(`answer=${encodeURIComponent(EVIL)}&answer=${encodeURIComponent(EVIL)}`),
    ]) {
      const page = text(question, request);
      expect(page).not.toContain('<script>');
      expect(page).not.toContain(`"'&`);
    }
  }
});

test('headers forbid scripts, frames, other origins, caches and referrers', () => {
  const { headers } = servePage(record(CONFIRM), get, NOW).response;
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
  );
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
});

const ANSWERS: readonly (readonly [Question, string, Answer | undefined])[] = [
  [CONFIRM, 'answer=yes', true],
  [CONFIRM, 'answer=no', false],
  [CONFIRM, 'answer=maybe', undefined],
  [CONFIRM, '', undefined],
  [CONFIRM, 'answer=yes&answer=no', undefined],
  [{ kind: 'choice', title: 'T', text: 'Q', choices: CHOICES }, 'answer=a', 'a'],
  [{ kind: 'choice', title: 'T', text: 'Q', choices: CHOICES }, 'answer=b', undefined],
  [{ kind: 'choices', title: 'T', text: 'Q', choices: CHOICES }, '', []],
  [{ kind: 'choices', title: 'T', text: 'Q', choices: CHOICES, min: 1 }, '', undefined],
  [{ kind: 'choices', title: 'T', text: 'Q', choices: CHOICES }, 'answer=a', ['a']],
  [{ kind: 'choices', title: 'T', text: 'Q', choices: CHOICES }, 'answer=a&answer=a', undefined],
  [
    { kind: 'choices', title: 'T', text: 'Q', choices: CHOICES, max: 1 },
    `answer=a&answer=${encodeURIComponent(EVIL)}`,
    undefined,
  ],
  [{ kind: 'text', title: 'T', text: 'Q' }, 'answer=%C3%A4+b%0D%0Ac', 'ä b\nc'],
  [{ kind: 'text', title: 'T', text: 'Q' }, 'answer=', undefined],
  [{ kind: 'text', title: 'T', text: 'Q', optional: true }, 'answer=', ''],
  [{ kind: 'text', title: 'T', text: 'Q', maxLength: 2 }, 'answer=abc', undefined],
];
test.each(ANSWERS)('%j answered with %j', (question, body, answer) => {
  const outcome = servePage(record(question), form(body), NOW);
  expect(outcome.answer).toEqual(answer);
  expect(outcome.response.status).toBe(answer === undefined ? 422 : 200);
});

test('what is no form of the page', () => {
  const status = (request: PageRequest) => servePage(record(CONFIRM), request, NOW).response.status;
  expect(status(form('answer=yes', { 'sec-fetch-site': 'cross-site' }))).toBe(403);
  expect(status(form('answer=yes', { 'sec-fetch-site': 'same-origin' }))).toBe(200);
  expect(status(form('answer=yes', { 'content-type': 'application/json' }))).toBe(415);
  expect(status({ ...form(''), body: new Uint8Array(70_000) })).toBe(413);
  expect(status({ ...form(''), body: Uint8Array.of(0xff) })).toBe(400);
  expect(status({ ...get, method: 'DELETE' })).toBe(405);
});

test('pages that are over', () => {
  const status = (changes: Partial<UiRecord>, now = NOW) =>
    servePage(record(CONFIRM, changes), form('answer=yes'), now);
  expect(status({ state: 'answered', answer: true })).toMatchObject({ response: { status: 200 } });
  expect(status({ state: 'answered', answer: true }).answer).toBeUndefined();
  expect(status({ state: 'expired' })).toMatchObject({ response: { status: 410 } });
  expect(status({}, new Date(START + 1001)).answer).toBeUndefined();
  expect(servePage(undefined, get, NOW).response.status).toBe(404);
});

test.each([
  [{ ...CONFIRM, title: '' }, /title/],
  [{ ...CONFIRM, text: 'x'.repeat(4001) }, /text/],
  [{ ...CONFIRM, lang: '"><' }, /lang/],
  [{ ...CONFIRM, yes: '' }, /yes and no/],
  [{ kind: 'choice', title: 'T', text: 'Q', choices: [] }, /choices/],
  [{ kind: 'choice', title: 'T', text: 'Q', choices: [CHOICES[0], CHOICES[0]] }, /same value/],
  [{ kind: 'choices', title: 'T', text: 'Q', choices: CHOICES, min: 3 }, /min and max/],
  [{ kind: 'text', title: 'T', text: 'Q', maxLength: 0 }, /maxLength/],
  [{ kind: 'other', title: 'T', text: 'Q' }, /kind/],
] as [Question, RegExp][])('a question that cannot be asked: %j', (question, problem) => {
  expect(checkQuestion(question)).toMatch(problem);
});

const CHROMIUM = '/usr/bin/chromium';
const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

inBrowser('in Chromium', () => {
  let server: Server;
  let address: string;
  let current: UiRecord;
  const answers: Answer[] = [];
  let browser: Awaited<ReturnType<typeof import('puppeteer-core')['launch']>>;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = request.headers as Record<string, string>;
      const outcome = servePage(
        request.url === '/ui/x' ? current : undefined,
        { method: request.method!, headers, body: Uint8Array.from(Buffer.concat(chunks)) },
        NOW,
      );
      if (outcome.answer !== undefined) answers.push(outcome.answer);
      response.writeHead(outcome.response.status, outcome.response.headers).end(outcome.response.body);
    });
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ui/x`;
    const { launch } = await import('puppeteer-core');
    browser = await launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** A page that tells what the browser complains about. */
  async function open(question: Question) {
    current = record(question);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.setViewport({ width: 390, height: 720 });
    await page.goto(address);
    return { page, complaints };
  }
  const shot = async (page: Awaited<ReturnType<typeof open>>['page'], name: string) => {
    const folder = process.env.SIMBOOT_SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
  };

  test('a question with yes and no, by keyboard alone', async () => {
    const { page, complaints } = await open({ ...CONFIRM, yes: 'Switch off', no: 'Leave on' });
    await shot(page, 'confirm');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=status]');
    await shot(page, 'thanks');
    expect(answers.at(-1)).toBe(true);
    expect(complaints.filter((text) => !text.includes('favicon') && !text.includes('404'))).toEqual([]);
    await page.close();
  });

  test('choices have labels, a legend, and their style', async () => {
    const { page, complaints } = await open({
      kind: 'choices',
      title: 'Parts',
      text: 'Which?',
      choices: CHOICES,
      min: 1,
    });
    const tree = await page.accessibility.snapshot();
    const names = JSON.stringify(tree);
    expect(names).toContain('"name":"First"');
    expect(names).toContain(JSON.stringify(EVIL).slice(1, -1));
    const size = await page.$eval('button', (button: { offsetHeight: number }) => button.offsetHeight);
    expect(size).toBeGreaterThanOrEqual(44);
    await page.click('button');
    await page.waitForSelector('[role=alert]');
    await shot(page, 'choices-problem');
    await page.click('label[for=c1]');
    await page.click('button');
    await page.waitForSelector('[role=status]');
    expect(answers.at(-1)).toEqual([EVIL]);
    expect(complaints.filter((text) => !/favicon|404|422/.test(text))).toEqual([]);
    await page.close();
  });

  test('a text goes there and back as it was written', async () => {
    const { page } = await open({ kind: 'text', title: 'Name', text: 'What is it called?' });
    await page.type('textarea', 'Ärger & <b>');
    await shot(page, 'text');
    await page.click('button');
    await page.waitForSelector('[role=status]');
    expect(answers.at(-1)).toBe('Ärger & <b>');
    await page.close();
  });
});
