/** Device descriptions that devices link to (DM 2.0 §5.2.2, §6.4), fetched from an allow-list only. */
import type { MosEntry } from '../../dm/index.js';
import type { MoDefinition } from '../../mo/index.js';
import { readDdf } from '../../mo/index.js';
import type { HttpClient } from '../../net/index.js';
import type { DmServerEvent } from './events.js';
import type { DmServerOptions } from './options.js';

const MAX_OCTETS = 1 << 20;
/** Descriptions that are kept, and addresses that are remembered as useless. */
const MAX_KNOWN = 1_000;

export class DdfLibrary {
  readonly #allowed: readonly string[];
  readonly #client: HttpClient;
  readonly #options: DmServerOptions;
  readonly #onEvent: (event: DmServerEvent) => void;
  /** Each address is fetched once; without result it is not asked again. */
  readonly #known = new Set<string>();
  #definitions: readonly MoDefinition[] = [];
  readonly #fetching = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: DmServerOptions, client: HttpClient, onEvent: (event: DmServerEvent) => void) {
    this.#options = options;
    this.#allowed = options.ddfFrom ?? [];
    this.#client = client;
    this.#onEvent = onEvent;
  }

  /** All that were fetched: another array once there are more. */
  get definitions(): readonly MoDefinition[] {
    return this.#definitions;
  }

  /** Fetches what is new and allowed, in the background. */
  seen(mos: readonly MosEntry[]): void {
    for (const { ddf } of mos) {
      if (ddf === undefined || this.#known.has(ddf) || this.#known.size >= MAX_KNOWN) continue;
      if (!isAllowed(ddf, this.#allowed)) continue;
      this.#known.add(ddf);
      const fetching = this.#fetch(ddf).finally(() => this.#fetching.delete(fetching));
      this.#fetching.add(fetching);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#fetching);
  }

  async #fetch(url: string): Promise<void> {
    try {
      const { status, body } = await this.#client.send(
        { method: 'GET', url, signal: this.#stopping.signal },
        {
          policy: { redirects: 0, maxBody: MAX_OCTETS },
          ...(this.#options.trust === undefined ? {} : { trust: this.#options.trust }),
        },
      );
      if (status !== 200) throw new Error(`status ${status}`);
      this.#definitions = [...this.#definitions, ...readDdf(body).definitions];
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const reason = error instanceof Error ? error.message : 'unknown reason';
      this.#onEvent({ type: 'warning', message: `the device description ${url} cannot be used: ${reason}` });
    }
  }
}

/** Compared as parsed addresses: same origin, and a path that goes on where the allowed one ends at a `/`. */
function isAllowed(text: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  return allowed.some((beginning) => {
    if (!URL.canParse(beginning)) return false;
    const { origin, pathname } = new URL(beginning);
    return (
      url.origin === origin &&
      (url.pathname === pathname || (pathname.endsWith('/') && url.pathname.startsWith(pathname)))
    );
  });
}
