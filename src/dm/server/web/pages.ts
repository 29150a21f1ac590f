/**
 * The web component (DM 2.0 §5.1.5, §5.3.7): the page of a question, and what becomes of its form. The address holds
 * 192 random bits, works once and expires; that is what protects it (docs/decisions/show-answers.md).
 */
import { decodeUtf8 } from '../../../bytes/index.js';
import { DataError, UsageError } from '../../../errors/index.js';
import { type Answer, type Choice, DEFAULT_ANSWER_LENGTH, type Question, readAnswer } from '../question.js';
import type { UiRecord } from '../records.js';
import type { ServerRequest, ServerResponse } from '../types.js';
import { escapeHtml, htmlPage } from './html.js';

const MAX_FORM_OCTETS = 64 * 1024;

/** What the page answers, and the answer where the form had one. */
export interface PageOutcome {
  readonly response: ServerResponse;
  /** To be handed to the core as `ui-answer`. */
  readonly answer?: Answer;
}

/**
 * A request at the address of a UI session.
 *
 * @param record undefined where there is none of that identifier
 * @param now the time, against the expiry of the question
 */
export function servePage(
  record: UiRecord | undefined,
  request: Pick<ServerRequest, 'method' | 'headers' | 'body'>,
  now: Date,
): PageOutcome {
  if (record === undefined) return { response: message(404, 'en', 'Unknown page', GONE) };
  const { question, state } = record;
  const lang = question.lang ?? 'en';
  if (state === 'answered') return { response: message(200, lang, question.title, ANSWERED) };
  if (state === 'expired' || now.getTime() > record.expiresAt) {
    return { response: message(410, lang, question.title, EXPIRED) };
  }
  if (request.method === 'GET' || request.method === 'HEAD') return { response: questionPage(question) };
  if (request.method !== 'POST') return { response: { status: 405, headers: { allow: 'GET, HEAD, POST' } } };
  return takeForm(question, request);
}

const GONE = 'This page does not exist, or not any more.';
const ANSWERED = 'Thank you. Your answer was received. You can close this page.';
const EXPIRED = 'The time to answer this question is over. You can close this page.';

/** The words of the page itself are English, whatever language the question has. */
function message(status: number, lang: string, title: string, text: string): ServerResponse {
  const body = `<h1>${escapeHtml(title)}</h1>\n<p lang="en" role="status">${escapeHtml(text)}</p>`;
  return htmlPage(status, lang, title, body);
}

function takeForm(
  question: Question,
  { headers, body }: Pick<ServerRequest, 'headers' | 'body'>,
): PageOutcome {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { response: { status: 403, headers: {} } };
  }
  if (body.length > MAX_FORM_OCTETS) return { response: { status: 413, headers: {} } };
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return { response: { status: 415, headers: {} } };
  }
  const fields = fieldsOf(body);
  if (fields === undefined) return { response: { status: 400, headers: {} } };
  const read = readAnswer(question, fields);
  if ('problem' in read)
    return { response: questionPage(question, { problem: read.problem, given: fields }) };
  return { response: message(200, question.lang ?? 'en', question.title, ANSWERED), answer: read.answer };
}

/** Values of the field `answer`; line ends of a text as LF. Undefined for what is not UTF-8. */
function fieldsOf(body: Uint8Array): string[] | undefined {
  try {
    const form = new URLSearchParams(decodeUtf8(body));
    return form.getAll('answer').map((value) => value.replaceAll('\r\n', '\n'));
  } catch (error) {
    if (error instanceof DataError || error instanceof UsageError) return undefined;
    throw error;
  }
}

interface Retry {
  readonly problem: string;
  readonly given: readonly string[];
}

/** The form of a question; `retry` says what was wrong with the last answer, which stays filled in. */
function questionPage(question: Question, retry?: Retry): ServerResponse {
  const problem =
    retry === undefined
      ? ''
      : `<p class="problem" id="problem" lang="en" role="alert">${escapeHtml(retry.problem)}</p>\n`;
  const form = `<form method="post" autocomplete="off">\n${formOf(question, retry)}\n</form>`;
  const main = `<h1>${escapeHtml(question.title)}</h1>\n${problem}${form}`;
  return htmlPage(retry === undefined ? 200 : 422, question.lang ?? 'en', question.title, main);
}

function formOf(question: Question, retry: Retry | undefined): string {
  const described = retry === undefined ? '' : ' aria-describedby="problem"';
  switch (question.kind) {
    case 'confirm':
      return confirmForm(question, described);
    case 'choice':
    case 'choices':
      return choiceForm(question, retry?.given ?? [], described);
    case 'text':
      return textForm(question, retry?.given ?? [], described);
  }
}

function confirmForm(question: Extract<Question, { kind: 'confirm' }>, described: string): string {
  const label = (text: string | undefined, word: string) =>
    text === undefined ? ` lang="en">${word}` : `>${escapeHtml(text)}`;
  return `<p>${escapeHtml(question.text)}</p>
<button name="answer" value="yes"${described}${label(question.yes, 'Yes')}</button>
<button class="second" name="answer" value="no"${label(question.no, 'No')}</button>`;
}

function choiceForm(
  { kind, choices, text }: Extract<Question, { kind: 'choice' | 'choices' }>,
  given: readonly string[],
  described: string,
): string {
  const type = kind === 'choice' ? 'radio' : 'checkbox';
  const required = kind === 'choice' ? ' required' : '';
  const rows = choices.map(
    ({ value, label }: Choice, index) =>
      `<div class="row"><input type="${type}" id="c${index}" name="answer" value="${escapeHtml(value)}"${required}${given.includes(value) ? ' checked' : ''}><label for="c${index}">${escapeHtml(label)}</label></div>`,
  );
  return `<fieldset${described}><legend>${escapeHtml(text)}</legend>\n${rows.join('\n')}\n</fieldset>\n${SEND}`;
}

function textForm(
  { text, maxLength = DEFAULT_ANSWER_LENGTH, optional = false }: Extract<Question, { kind: 'text' }>,
  [given = '']: readonly string[],
  described: string,
): string {
  const required = optional ? '' : ' required';
  // A line feed right after the tag is dropped by browsers.
  return `<p><label for="answer">${escapeHtml(text)}</label></p>
<textarea id="answer" name="answer" maxlength="${maxLength}"${required}${described}>\n${escapeHtml(given)}</textarea>
${SEND}`;
}

const SEND = '<button lang="en">Send</button>';
