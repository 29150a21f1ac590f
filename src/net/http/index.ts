/** HTTP/1.1 adapters: a server around a handler, a client for sessions and repositories. */
export { isForbiddenAddress, type Resolve } from './addresses.js';
export { HttpClient, type HttpClientOptions } from './client.js';
export {
  type ClientRequest,
  type ClientResponse,
  DEFAULT_HTTP_POLICY,
  type HttpPolicy,
  type SendOptions,
} from './client-types.js';
export {
  DEFAULT_HTTP_LIMITS,
  type HttpHandler,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  type HttpServerEvent,
  type HttpStream,
  type TlsFacts,
} from './message.js';
export { type RunningServer, type ServeOptions, serveHttp } from './serve.js';
