/** The REST interface of a line (docs/line-api.md): its state, its slots, and what an operator could do by keys. */
import { SimbootError, UsageError } from '../../../errors/index.js';
import { type JsonValue, parseJson } from '../../../mo/index.js';
import type { HttpHandler, HttpRequest, HttpResponse } from '../../../net/index.js';
import type { LineControl, Reason, SlotView } from '../../../perso/index.js';
import { checkAccess } from './access.js';
import type { EventStreams } from './event-stream.js';
import { json, problemOf, Refusal } from './problem.js';

export interface LineRoutes {
  readonly control: LineControl;
  readonly streams: EventStreams;
  readonly token?: string;
}

/** Octets of a request body: a code and some words. */
export const BODY_OCTETS = 4 << 10;
const LONGEST_CODE = 64;
const LONGEST_MESSAGE = 200;

type Route = (request: HttpRequest, slot: string) => HttpResponse;

/** What serves a line; testable without a socket. */
export function lineHandler(routes: LineRoutes): HttpHandler {
  const table = routeTable(routes);
  return async (request) => {
    try {
      checkAccess(request, routes.token);
      const [template, slot] = templateOf(request.path);
      const methods = table[template];
      if (methods === undefined) throw refused(404, `there is no ${pathOf(request.path)}`);
      const route = methods[request.method === 'HEAD' ? 'GET' : request.method];
      if (route === undefined) {
        const allow = Object.keys(methods).join(', ');
        throw refused(405, `${pathOf(request.path)} takes ${allow}`, { allow });
      }
      return route(request, slot);
    } catch (error) {
      return problemOf(error);
    }
  };
}

function routeTable({ control, streams }: LineRoutes): Record<string, Record<string, Route>> {
  const told = (act: () => void): HttpResponse => {
    act();
    return json(200, control.view());
  };
  const atSlot = (slot: string, act: () => void): HttpResponse => {
    slotOf(control, slot);
    try {
      act();
    } catch (error) {
      if (error instanceof SimbootError && error.code === 'USAGE_LINE_SLOT') throw new Refusal(409, error);
      throw error;
    }
    return json(200, slotOf(control, slot));
  };
  return {
    '/line': { GET: () => json(200, control.view()) },
    '/slots': { GET: () => json(200, control.view().slots) },
    '/slots/*': { GET: (_, slot) => json(200, slotOf(control, slot)) },
    '/events': { GET: (request) => streams.answer(request) },
    '/pause': { POST: (request) => told(() => bodyOf(request, {}) && control.pause()) },
    '/resume': { POST: (request) => told(() => bodyOf(request, {}) && control.resume()) },
    '/stop': { POST: (request) => told(() => bodyOf(request, {}) && control.stop()) },
    '/slots/*/reseat': {
      POST: (request, slot) => atSlot(slot, () => bodyOf(request, {}) && control.reseat(slot)),
    },
    '/slots/*/scrap': {
      POST: (request, slot) => {
        const reason = reasonOf(request);
        return atSlot(slot, () => control.scrap(slot, reason));
      },
    },
    '/slots/*/scan': {
      POST: (request, slot) => {
        const { code } = bodyOf(request, { code: LONGEST_CODE });
        return atSlot(slot, () => control.scan(slot, code!));
      },
    },
  };
}

function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0]!;
}

/** The route of a target, and the decoded name of the slot in it, which may hold an escaped slash. */
function templateOf(target: string): [template: string, slot: string] {
  const [, name, action = ''] = /^\/slots\/([^/]+)(\/[^/]+)?$/.exec(pathOf(target)) ?? [];
  if (name === undefined) return [pathOf(target), ''];
  try {
    return [`/slots/*${action}`, decodeURIComponent(name)];
  } catch {
    throw refused(400, 'the name of the slot is not percent-encoded UTF-8');
  }
}

function slotOf(control: LineControl, name: string): SlotView {
  const slot = control.view().slots.find((one) => one.slot === name);
  if (slot !== undefined) return slot;
  throw new Refusal(404, new UsageError('USAGE_LINE_SLOT', `the line has no slot "${name}"`));
}

function reasonOf(request: HttpRequest): Reason {
  const { code, message } = bodyOf(request, { code: LONGEST_CODE }, { message: LONGEST_MESSAGE });
  if (!/^[A-Z][A-Z0-9_]*$/.test(code!)) {
    throw refused(400, 'code: capital letters, digits and _ only, such as DAMAGED');
  }
  return { code: code!, message: message ?? 'given up by the line controller' };
}

type Lengths = Readonly<Record<string, number>>;

/** The members of a JSON body: those that must and those that may be there, texts of limited length, and no others. */
function bodyOf(request: HttpRequest, must: Lengths, may: Lengths = {}): Record<string, string> {
  const object = jsonOf(request);
  const known = { ...must, ...may };
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(known, name)) throw refused(400, `the body has an unknown member "${name}"`);
  }
  for (const [name, longest] of Object.entries(known)) {
    const value = object[name];
    if (value === undefined && !Object.hasOwn(must, name)) continue;
    const fits = typeof value === 'string' && value !== '' && value.length <= longest;
    if (!fits || /\p{Cc}/u.test(value)) throw refused(400, `${name}: a text of 1 to ${longest} characters`);
  }
  return object as Record<string, string>;
}

function jsonOf({ body, headers }: HttpRequest): Record<string, JsonValue> {
  if (body.length === 0) return {};
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw refused(415, 'a body is application/json');
  }
  const value = parseJson(body, { maxOctets: BODY_OCTETS, maxDepth: 4 });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(400, 'the body is no JSON object');
  }
  return value as Record<string, JsonValue>;
}

function refused(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  return new Refusal(status, new UsageError('USAGE_LINE_REQUEST', message), headers);
}
