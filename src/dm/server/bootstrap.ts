/** Delivery of a bootstrap by the server (DM 2.0 §8.3, §8.4, §9.3.1.1): only over what is secure. */
import { MEDIA_TYPES } from '../packages/index.js';
import type { AccountRecord } from './records.js';
import { respond } from './turn.js';
import type { ServerRequest, ServerResponse } from './types.js';

/**
 * Client-initiated: a GET of the bootstrap address. 403 without TLS, 404 for a peer that no bootstrap is for.
 *
 * @param account the one whose bootstrap credential (§9.3.2) the peer proved
 */
export function serveBootstrap(
  request: Pick<ServerRequest, 'method' | 'secure'>,
  account: AccountRecord | undefined,
): ServerResponse {
  if (request.method !== 'GET') return respond(405, { allow: 'GET' });
  if (!request.secure) return respond(403);
  if (account?.bootstrap === undefined) return respond(404);
  return respond(200, { 'content-type': MEDIA_TYPES.mo, 'cache-control': 'no-store' }, account.bootstrap);
}

/** A way to push a bootstrap to a device, such as a protected message (§9.3.1.3). */
export interface BootstrapChannel {
  readonly name: string;
  /** Whether what it carries is protected on the way (§9.3.1.1). */
  readonly secure: boolean;
  /** Sends it; rejects where it cannot. */
  deliver(bootstrap: { readonly contentType: string; readonly body: Uint8Array }): Promise<void>;
}

/**
 * Server-initiated: hands the document to a channel.
 *
 * @returns `refused` where the channel is not secure; nothing has left then
 */
export async function pushBootstrap(
  document: Uint8Array,
  channel: BootstrapChannel,
): Promise<'delivered' | 'refused'> {
  if (!channel.secure) return 'refused';
  await channel.deliver({ contentType: MEDIA_TYPES.mo, body: document });
  return 'delivered';
}
