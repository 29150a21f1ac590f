/** Refusals as problem documents (RFC 9457) with the stable codes of docs/errors.md. */
import { encodeUtf8 } from '../../../bytes/index.js';
import { SimbootError } from '../../../errors/index.js';
import type { HttpResponse } from '../../../net/index.js';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  503: 'Service Unavailable',
};

/** A refusal on its way to the client, with the status that it gets. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly error: SimbootError,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(error.message);
  }
}

/** The answer to a refused request; anything that is no refusal is thrown on. */
export function problemOf(thrown: unknown): HttpResponse {
  if (thrown instanceof Refusal) return problem(thrown.status, thrown.error, thrown.headers);
  if (thrown instanceof SimbootError && thrown.kind === 'data') return problem(400, thrown, {});
  throw thrown;
}

function problem(
  status: number,
  error: SimbootError,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  const { code, message, next } = error.toJSON();
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail: message, code, next };
  return json(status, body, { ...headers, 'content-type': 'application/problem+json' });
}

/** An answer in JSON that no cache keeps. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: encodeUtf8(JSON.stringify(body)),
  };
}
