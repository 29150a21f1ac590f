/**
 * Carries out a campaign (DM 2.0 §8.4): for each device an account of its own, push information from the BSF, the
 * protected document, both sent; again after a while where the device does not come. What an attempt needs is kept before
 * anything leaves, so that a process that dies goes on where it was, with the same credentials.
 */
import { getMaxListeners, setMaxListeners } from 'node:events';
import { protectBootstrap, type SecurityAssociation } from '../../bootstrap/index.js';
import { toHex } from '../../bytes/index.js';
import { type AccountRecord, compileScript, type ScriptSource, type ServerStore } from '../../dm/index.js';
import { SimbootError } from '../../errors/index.js';
import {
  attemptFailed,
  bootstrapped,
  type CampaignPolicy,
  claimed,
  DEFAULT_CAMPAIGN_POLICY,
  type DmKeyLabel,
  delivered,
  dmKeys,
  exhausted,
  type GpiCodec,
  nafId,
  type PushRecord,
  type PushStore,
  SIM_GPI,
  sent,
} from '../../gba/index.js';
import type { PushInfoSource } from '../bsf/index.js';
import { accountOfDocument, freshAccount, type PushedServer } from './account.js';
import type { PushBearer } from './bearer.js';

export interface CampaignOptions {
  readonly campaignId: string;
  readonly pushes: PushStore;
  /** Where the DM server finds the accounts. */
  readonly accounts: ServerStore;
  readonly server: PushedServer;
  readonly naf: { readonly fqdn: string /** Five octets. */; readonly uaId: Uint8Array };
  readonly source: PushInfoSource;
  readonly bearer: PushBearer;
  readonly clock: () => Date;
  /** Of cryptographic quality. */
  readonly random: (octets: number) => Uint8Array;
  readonly policy?: Partial<CampaignPolicy>;
  /** What each device gets in the session that tells of its bootstrap. */
  readonly firstScript?: ScriptSource;
  readonly codec?: GpiCodec;
  readonly label?: DmKeyLabel;
  /** Devices at once; 16 unless told. */
  readonly parallel?: number;
  /** How often it looks for devices that came, in milliseconds; a second unless told. */
  readonly watchMs?: number;
  readonly onChange?: (record: PushRecord) => void;
}

/** Causes of a BSF after which another attempt fails too. */
const FINAL_CAUSES = new Set([
  'USER_UNKNOWN',
  'NAF_NOT_AUTHORIZED',
  'GBA_U_NOT_SUPPORTED',
  'KEY_SIZE_NOT_SUPPORTED',
  'RESYNCHRONISATION_FAILED',
]);
const BATCH = 500;

/** One campaign. Several processes may carry out the same one. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #policy: CampaignPolicy;
  /** Devices that are being worked on, and whether their push arrived meanwhile. */
  readonly #working = new Map<string, { arrived: boolean }>();
  /** ueId of the device that a push went to, by address. */
  readonly #sentTo = new Map<string, string>();
  /** ueId up to which `watch` has looked. */
  #watched = '';

  /** @throws UsageError `USAGE_SCRIPT` for a script with mistakes */
  constructor(options: CampaignOptions) {
    if (options.firstScript?.kind === 'data') compileScript(options.firstScript.text);
    this.#options = options;
    this.#policy = { ...DEFAULT_CAMPAIGN_POLICY, ...options.policy };
  }

  /**
   * Works until every device is bootstrapped or failed, or the signal says stop.
   *
   * @param wait false: only until nothing is due now
   */
  async run(signal: AbortSignal, { wait: waits = true } = {}): Promise<void> {
    const { pushes, campaignId, watchMs = 1000, parallel = 16 } = this.#options;
    // Each device that is worked on listens to it more than once.
    setMaxListeners(4 * parallel + getMaxListeners(signal), signal);
    while (!signal.aborted) {
      await this.watch();
      const busy = await this.#round(signal);
      const looked = this.#watched === '';
      if (busy || !(waits || looked)) continue;
      if (!waits) return;
      const next = await pushes.nextPushAt(campaignId);
      if (next === undefined) return;
      const wait = Math.max(1, Math.min(next - this.#now(), looked ? watchMs : watchMs / 10));
      await pause(wait, signal);
    }
  }

  /** Looks after some of those that wait, in turn, and marks the devices that came. */
  async watch(): Promise<void> {
    const { pushes, campaignId } = this.#options;
    const waiting = await pushes.waitingPushes(campaignId, { after: this.#watched, limit: BATCH });
    for (const record of waiting) await this.#came(record);
    this.#watched = waiting.length === BATCH ? waiting.at(-1)!.ueId : '';
  }

  /** The bearer tells that a push arrived at an address to which this process sent one. */
  async delivered(address: string): Promise<void> {
    const ueId = this.#sentTo.get(address);
    if (ueId === undefined) return;
    const working = this.#working.get(ueId);
    if (working !== undefined) working.arrived = true; // told before it was kept that it left
    const record = await this.#options.pushes.push(this.#options.campaignId, ueId);
    if (record?.state === 'sent') await this.#save(delivered(record));
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    const { pushes, campaignId, parallel = 16 } = this.#options;
    const due = await pushes.duePushes(campaignId, this.#now(), BATCH);
    const waiting = [...due];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift())
        await this.#attempt(next, signal);
    };
    const workers = Array.from({ length: Math.min(parallel, due.length) }, async () => {
      try {
        await worker();
      } catch (error) {
        waiting.length = 0; // the others end what they have begun
        throw error;
      }
    });
    for (const ended of await Promise.allSettled(workers))
      if (ended.status === 'rejected') throw ended.reason;
    return due.length > 0;
  }

  async #attempt(record: PushRecord, signal: AbortSignal): Promise<void> {
    if (await this.#came(record)) return;
    const begun = claimed(record, this.#now(), this.#policy);
    if (begun === undefined) {
      await this.#save(exhausted(record));
      return;
    }
    const { ready, account } = this.#withDocument(begun);
    if (!(await this.#save(ready))) return; // somebody else works on it
    const working = { arrived: false };
    this.#working.set(record.ueId, working);
    this.#sentTo.set(record.address, record.ueId);
    try {
      await this.#putAccount(account);
      const pTid = await this.#send(ready, signal);
      const left = sent(ready, pTid, this.#now(), this.#policy);
      if ((await this.#save(left)) && working.arrived) await this.#save(delivered(left));
    } catch (error) {
      if (!(error instanceof SimbootError) || ends(error)) throw error;
      if (signal.aborted) return; // due again when the lease ends
      await this.#save(attemptFailed(ready, judge(error), this.#now(), this.#policy));
    } finally {
      this.#working.delete(record.ueId);
    }
  }

  /** The document is made once and kept before it leaves: all attempts push the same keys. */
  #withDocument(record: PushRecord): { ready: PushRecord; account: AccountRecord } {
    const { server, random, clock } = this.#options;
    if (record.document !== undefined)
      return { ready: record, account: accountOfDocument(server, record.ueId, record.document, this.#now()) };
    const { document, account } = freshAccount(server, record.ueId, { random, clock });
    return { ready: { ...record, document, accountId: account.accountId }, account };
  }

  /** The server knows the new credentials before the device can; the old ones hold until the device came with the new. */
  async #putAccount(fresh: AccountRecord): Promise<void> {
    const { accounts, firstScript: script } = this.#options;
    const kept = await accounts.account(fresh.accountId);
    const name = nameOf(fresh);
    if (kept?.credentials.some((each) => each.kind === 'identity-secret' && each.identity === name)) return;
    await accounts.putAccount({
      ...fresh,
      credentials: [...fresh.credentials, ...(kept?.credentials ?? [])],
      ...(kept?.devId === undefined ? {} : { devId: kept.devId }),
      ...(script === undefined || name === undefined ? {} : { afterBootstrap: { as: name, script } }),
    });
  }

  async #send(record: PushRecord, signal: AbortSignal): Promise<string> {
    const { naf, source, bearer, random, codec = SIM_GPI, label } = this.#options;
    const pTid = `${toHex(random(8))}@${naf.fqdn}`;
    const { resynchronisation } = record;
    const answer = await source(
      {
        ueId: record.ueId,
        ueIdType: record.ueIdType,
        uiccAppLabel: 'USIM',
        nafId: { nafFqdn: naf.fqdn, uaSecProtId: naf.uaId },
        ptId: pTid,
        uiccOrMe: record.gba,
        requestedLifeTime: new Date(this.#now() + this.#policy.lifeMs),
        ...(resynchronisation === undefined ? {} : { resynchronisation }),
      },
      signal,
    );
    const association: SecurityAssociation = {
      pTid,
      nafId: nafId(naf.fqdn, naf.uaId),
      rand: codec.decode(answer.gbaPushInfo).rand,
      keys: dmKeys(answer.meKeyMaterial, label),
      expires: answer.keyExpiryTime ?? new Date(this.#now() + this.#policy.lifeMs),
    };
    const message = protectBootstrap(record.document!, association, { random });
    await bearer(record.address, { pushInfo: answer.gbaPushInfo, message }, signal);
    return pTid;
  }

  /** Whether the device has opened a session with what was pushed. */
  async #came(record: PushRecord): Promise<boolean> {
    const { accounts } = this.#options;
    if (record.accountId === undefined || record.begunAt === undefined) return false;
    const account = await accounts.account(record.accountId);
    const device = account?.devId === undefined ? undefined : await accounts.device(account.devId);
    const at = device?.bootstrappedAt;
    if (account === undefined || at === undefined || at < record.begunAt) return false;
    if (!(await this.#retire(account, record, device?.bootstrappedAs))) return false;
    return this.#save(bootstrapped(record));
  }

  /**
   * Ends the credentials before those that were pushed.
   *
   * @returns false where the device came with those: a push of an earlier campaign may arrive late
   */
  async #retire(
    account: AccountRecord,
    { document, ueId }: PushRecord,
    as: string | undefined,
  ): Promise<boolean> {
    const { accounts, server } = this.#options;
    if (document === undefined) return true;
    const fresh = accountOfDocument(server, ueId, document, account.createdAt);
    if (as !== undefined && nameOf(fresh) !== as) return false;
    if (account.credentials.length > fresh.credentials.length)
      await accounts.putAccount({ ...account, credentials: fresh.credentials });
    return true;
  }

  async #save(record: PushRecord): Promise<boolean> {
    const saved = await this.#options.pushes.savePush(record);
    if (saved) this.#options.onChange?.(record);
    return saved;
  }

  #now(): number {
    return this.#options.clock().getTime();
  }
}

function nameOf({ credentials }: AccountRecord): string | undefined {
  const [first] = credentials;
  return first?.kind === 'identity-secret' ? first.identity : undefined;
}

/** What is wrong with the store or with the campaign is no fault of one device: the campaign stops, and goes on later. */
function ends({ code }: SimbootError): boolean {
  return code.startsWith('USAGE_STORE') || code === 'USAGE_CAMPAIGN';
}

/** Messages of simboot hold no secret, so they may be kept as a reason. */
function judge(error: SimbootError): { reason: string; final: boolean } {
  const cause = error.details.cause;
  const final =
    (error.code === 'NETWORK_BSF' && typeof cause === 'string' && FINAL_CAUSES.has(cause)) ||
    error.code === 'DATA_PUSH' ||
    error.kind === 'usage';
  return { reason: `${error.code}: ${error.message}`, final };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, milliseconds);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    }
    signal.addEventListener('abort', end, { once: true });
  });
}
