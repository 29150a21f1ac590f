/** HTTP/1.1 adapters: a server around a handler, a client for sessions and repositories. */
export {
  DEFAULT_HTTP_LIMITS,
  type HttpHandler,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  type HttpServerEvent,
  type TlsFacts,
} from './message.js';
export { type RunningServer, type ServeOptions, serveHttp } from './serve.js';
