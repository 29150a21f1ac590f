/** What a bootstrap would do (DM 2.0 §8.1, §8.5; docs/decisions/bootstrap-matching.md). Nothing is changed here. */
import { createHash } from 'node:crypto';
import { DataError } from '../../errors/index.js';
import {
  accountFromMo,
  canonicalMoid,
  canonicalTree,
  DMACC,
  type DmAccount,
  decodeDmmo,
  isAccount,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseInstanceUri,
  type SerializedMo,
} from '../../mo/index.js';
import { findAccount } from './accounts.js';
import type { ClientState } from './client-state.js';
import type { BootstrapOrigin } from './environment.js';
import type { ClientLimits } from './policy.js';

/** One MO of the bootstrap. `miid` is that of the instance it takes the place of. */
interface Planned {
  readonly object: SerializedMo;
  readonly moid: string;
  /** MIID or label that the bootstrap has for it: a proposal. */
  readonly label: string;
  readonly digest: string;
  readonly miid?: string;
  /** The device has it as it is. */
  readonly same: boolean;
}

export interface PlannedAccount extends Planned {
  readonly account: DmAccount;
}

export interface PlannedMo extends Planned {
  readonly name: string;
}

export interface BootstrapPlan {
  readonly origin: BootstrapOrigin;
  readonly accounts: readonly PlannedAccount[];
  readonly others: readonly PlannedMo[];
}

/**
 * Reads the documents of a bootstrap and matches them with what the device has: an account by SrvID and origin,
 * another MO by the name that the bootstrap has for it.
 *
 * @throws DataError of the documents; `DATA_BOOTSTRAP` for a SrvID given twice, or of an account that another origin
 * brought
 */
export function planBootstrap(
  state: ClientState,
  origin: BootstrapOrigin,
  documents: readonly Uint8Array[],
  limits: ClientLimits,
): BootstrapPlan {
  const objects = documents.flatMap((bytes) => {
    return decodeDmmo(bytes, { maxOctets: limits.bodyOctets, maxDepth: limits.depth }).objects;
  });
  const accounts: PlannedAccount[] = [];
  const others: PlannedMo[] = [];
  objects.forEach((object, index) => {
    const where = `$[${index}]`;
    if (isAccount(object)) accounts.push(planAccount(state, origin, object, where));
    else others.push(planOther(state, origin, object));
  });
  const twice = accounts.find(
    ({ account }, index) => accounts.findIndex((each) => each.account.srvId === account.srvId) < index,
  );
  if (twice !== undefined) refuse(`the server ${twice.account.srvId} is given twice`);
  return { origin, accounts, others };
}

function planAccount(
  state: ClientState,
  origin: BootstrapOrigin,
  object: SerializedMo,
  where: string,
): PlannedAccount {
  const account = accountFromMo(object, where);
  const [label, raw] = Object.entries(object.moData)[0]!;
  const digest = digestOf(canonicalTree(DMACC.root, raw));
  const known = findAccount(state, account.srvId);
  if (known !== undefined && known.account.origin.kind !== origin.kind) {
    refuse(`the server ${account.srvId} has an account that did not come this way`);
  }
  return {
    object,
    account,
    moid: DMACC.moid,
    label: account.miid ?? label,
    digest,
    ...(known === undefined ? {} : { miid: known.miid }),
    same: known?.account.digest === digest,
  };
}

function planOther(state: ClientState, { kind }: BootstrapOrigin, object: SerializedMo): PlannedMo {
  const uri = parseInstanceUri(object.clientUri);
  if (uri.path.length > 0) refuse('a bootstrap brings whole MOs, not nodes of them');
  const moid = canonicalMoid(uri.moid);
  const [label = '', raw = null] = Object.entries(object.moData)[0] ?? [];
  const name = `${moid}/${uri.miid ?? label}`;
  const digest = digestOf(raw);
  const known = state.bootstrapped.find((each) => each.originKind === kind && each.name === name);
  return {
    object,
    name,
    moid,
    label: uri.miid ?? label,
    digest,
    ...(known === undefined ? {} : { miid: known.miid }),
    same: known?.digest === digest,
  };
}

/** Of the content, whatever the order of its members. */
function digestOf(value: JsonValue): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  // Pairs, not an object: a name like `__proto__` or `1` would be lost or moved.
  return Object.keys(value)
    .sort()
    .map((name): JsonValue => [name, sorted((value as JsonObject)[name]!)]);
}

function refuse(message: string): never {
  throw new DataError('DATA_BOOTSTRAP', message);
}
