/** Accounts and MOs from outside of sessions (DM 2.0 §8): all of a bootstrap or nothing of it. */
import { SimbootError } from '../../errors/index.js';
import { DACMO, DMACC, formatInstanceUri, type MoTree, type SerializedMo } from '../../mo/index.js';
import { formatAccept } from '../packages/index.js';
import { withCreatorRights } from './access.js';
import { bootstrapCredentialsFor, findAccount } from './accounts.js';
import { type BootstrapPlan, type PlannedAccount, type PlannedMo, planBootstrap } from './bootstrap-plan.js';
import { type Placed, withBootstrapRights } from './bootstrap-rights.js';
import { afterTreeChange } from './consequences.js';
import type { BootstrapOrigin, HttpAnswer } from './environment.js';
import type { CardReadResult } from './events.js';
import { createdBy, dataFormats, storeAll } from './fetch.js';
import type { BootstrappedMo } from './kept.js';
import { miidChooser } from './miid.js';
import { serverAddress } from './server-uri.js';
import { mayCarrySession } from './session.js';
import { requestSession } from './session-state.js';
import { type Turn, withEntry, withoutEntry } from './turn.js';

/** Takes a bootstrap, or refuses the whole of it with a note. */
export function bootstrap(turn: Turn, origin: BootstrapOrigin, documents: readonly Uint8Array[]): void {
  attempt(turn, origin, () => {
    const plan = planBootstrap(turn.state, origin, documents, turn.env.limits);
    askOrApply(turn, plan, documents, []);
  });
}

/** What the card had at switching on; only a complete read tells what is no longer there (§8.1). */
export function onCardRead(turn: Turn, result: CardReadResult): void {
  if (!turn.env.policy.smartcardBootstrap) {
    turn.note('info', 'SMARTCARD_DISABLED', 'the policy does not take a bootstrap from the card');
    return;
  }
  if (!result.ok) {
    turn.note('warning', 'SMARTCARD_NOT_READ', `the card was not read: ${result.reason}`);
    return;
  }
  const { iccid, documents } = result;
  const origin: BootstrapOrigin = { kind: 'smartcard', ...(iccid === undefined ? {} : { iccid }) };
  attempt(turn, origin, () => {
    const plan = planBootstrap(turn.state, origin, documents, turn.env.limits);
    const present = new Set(plan.accounts.map(({ account }) => account.srvId));
    const gone = [...turn.state.accounts].filter(
      ([, { origin: from, srvId }]) => from.kind === 'smartcard' && !present.has(srvId),
    );
    const tree = gone.reduce((next, [miid]) => next.withoutInstance(DMACC.moid, miid), turn.state.tree);
    afterTreeChange(turn, tree);
    askOrApply(
      turn,
      plan,
      documents,
      gone.map(([, { srvId }]) => srvId),
    );
  });
}

/** Fetches a bootstrap from an address that the device knows (§8.3). */
export function requestBootstrap(turn: Turn, serverUri: string): void {
  const address = serverAddress(serverUri, turn.state, turn.env);
  if ('sc' in address || !mayCarrySession(turn, address.url)) {
    turn.note('error', 'BOOTSTRAP_ADDRESS', 'the address is not one that may give a bootstrap');
    return;
  }
  const { url } = address;
  const id = turn.newId();
  const credentials = bootstrapCredentialsFor(turn.state, url);
  turn.update({ requests: withEntry(turn.state.requests, id, { for: 'bootstrap', url }) });
  turn.act({
    type: 'http',
    id,
    purpose: 'bootstrap',
    request: { method: 'GET', url, headers: { accept: formatAccept(dataFormats(turn)) } },
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** The bootstrap server has answered. */
export function onBootstrapAnswer(turn: Turn, url: string, answer: HttpAnswer): void {
  if (answer.kind === 'response' && answer.status === 200) {
    bootstrap(turn, { kind: 'client', url }, [answer.body]);
    return;
  }
  const reason = answer.kind === 'failed' ? answer.cause.message : `status ${answer.status}`;
  turn.note('error', 'BOOTSTRAP_FAILED', `the bootstrap server gave none: ${reason}`);
}

/** The user has seen what the servers want to manage (§12.2 Perm). */
export function onUserAnswer(turn: Turn, id: string, accepted: boolean): void {
  const question = turn.state.questions.get(id);
  if (question === undefined) return;
  turn.update({ questions: withoutEntry(turn.state.questions, id) });
  const { origin, documents } = question;
  if (!accepted) {
    turn.note('warning', 'BOOTSTRAP_REJECTED', 'the user rejected the bootstrap', { origin: origin.kind });
    return;
  }
  attempt(turn, origin, () => {
    apply(turn, planBootstrap(turn.state, origin, documents, turn.env.limits), []);
  });
}

/** All of it or nothing: what was done before a refusal is taken back. */
function attempt(turn: Turn, { kind }: BootstrapOrigin, change: () => void): void {
  const before = turn.state;
  const actions = turn.actions.length;
  try {
    change();
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.update(before);
    turn.actions.length = actions;
    const message = `the bootstrap is refused and nothing is changed: ${error.message}`;
    turn.note('error', 'BOOTSTRAP_REFUSED', message, { origin: kind, code: error.code });
  }
}

function askOrApply(
  turn: Turn,
  plan: BootstrapPlan,
  documents: readonly Uint8Array[],
  removed: readonly string[],
): void {
  const wanted = plan.accounts.filter(({ same }) => !same);
  if (!turn.env.policy.confirmBootstrap || wanted.length === 0) {
    apply(turn, plan, removed);
    return;
  }
  if (removed.length > 0) {
    turn.act({ type: 'bootstrapped', origin: plan.origin, added: [], replaced: [], removed });
  }
  const id = turn.newId();
  const servers = wanted.map(({ account: { srvId, name, perm } }) => ({ srvId, name, moids: perm }));
  const { origin } = plan;
  turn.update({ questions: withEntry(turn.state.questions, id, { origin, documents }) });
  turn.act({ type: 'ask-user', id, what: { kind: 'bootstrap', origin, servers } });
}

function apply(turn: Turn, { origin, accounts, others }: BootstrapPlan, removed: readonly string[]): void {
  const choose = miidChooser(turn.state.tree);
  const placed = <T extends PlannedAccount | PlannedMo>(planned: T): T & { miid: string } => ({
    ...planned,
    miid: planned.miid ?? (planned.moid === DACMO.moid ? '' : choose(planned.moid, planned.label)),
  });
  const [allAccounts, allOthers] = [accounts.map(placed), others.map(placed)];
  const newAccounts = allAccounts.filter(({ same }) => !same);
  const newOthers = allOthers.filter(({ same }) => !same);
  const all = [...newAccounts, ...newOthers];
  if (all.length > 0) {
    const tree = withObjects(turn, all, newAccounts, accounts[0]?.account.srvId);
    const rights = newOthers.filter(({ moid }) => moid === DACMO.moid).map(({ object }) => object);
    afterTreeChange(turn, withBootstrapRights(tree, rights, [...allAccounts, ...allOthers]));
  }
  remember(turn, origin, accounts, newAccounts, newOthers);
  for (const { account, same } of accounts) if (same) announceAgain(turn, account.srvId);
  if (all.length === 0 && removed.length === 0) return;
  const name = ({ account }: PlannedAccount) => account.srvId;
  const replacedIds = new Set(accounts.filter(({ miid }) => miid !== undefined).map(name));
  turn.act({
    type: 'bootstrapped',
    origin,
    added: newAccounts.map(name).filter((srvId) => !replacedIds.has(srvId)),
    replaced: newAccounts.map(name).filter((srvId) => replacedIds.has(srvId)),
    removed,
  });
  for (const { account } of newAccounts) {
    requestSession(turn, { serverId: account.srvId, cause: { kind: 'bootstrap' } });
  }
}

/** The tree with the objects, each in place of the one before it, and with the rights of their owners. */
function withObjects(
  turn: Turn,
  all: readonly (Placed & { object: SerializedMo })[],
  newAccounts: readonly { account: { srvId: string }; miid: string }[],
  firstServer: string | undefined,
): MoTree {
  const objects = all.filter(({ moid }) => moid !== DACMO.moid);
  const cleared = objects.reduce(
    (tree, { moid, miid }) =>
      tree.instance(moid, miid) === undefined ? tree : tree.withoutInstance(moid, miid),
    turn.state.tree,
  );
  const { tree, changes } = storeAll(turn, objects.map(addressed), { tree: cleared });
  const created = createdBy(changes).filter(
    ({ moid, miid }) => turn.state.tree.instance(moid, miid) === undefined,
  );
  return withOwners(turn, tree, newAccounts, firstServer, created);
}

function addressed({
  object,
  moid,
  miid,
}: {
  object: SerializedMo;
  moid: string;
  miid: string;
}): SerializedMo {
  return { ...object, clientUri: formatInstanceUri(moid, miid) };
}

/** A server owns its own account; what else the bootstrap creates belongs to its first server (§10). */
function withOwners(
  turn: Turn,
  tree: MoTree,
  newAccounts: readonly { account: { srvId: string }; miid: string }[],
  firstServer: string | undefined,
  created: readonly { moid: string; miid: string }[],
): MoTree {
  let next = tree;
  for (const { moid, miid } of created) {
    const own =
      moid === DMACC.moid ? newAccounts.find((each) => each.miid === miid)?.account.srvId : undefined;
    const serverId = own ?? firstServer;
    if (serverId === undefined) continue;
    next = withCreatorRights(turn, next, { kind: 'server', serverId }, [{ moid, miid }]);
  }
  return next;
}

function remember(
  turn: Turn,
  origin: BootstrapOrigin,
  accounts: readonly PlannedAccount[],
  newAccounts: readonly (PlannedAccount & { miid: string })[],
  newOthers: readonly (PlannedMo & { miid: string })[],
): void {
  for (const { account, miid, digest } of newAccounts) {
    const entry = { srvId: account.srvId, origin, digest, announced: false };
    turn.update({ accounts: withEntry(turn.state.accounts, miid, entry) });
  }
  for (const { miid, same } of accounts) {
    const known = miid === undefined ? undefined : turn.state.accounts.get(miid);
    // The same account on another card: from now on it is that card's.
    if (!same || known === undefined || JSON.stringify(known.origin) === JSON.stringify(origin)) continue;
    turn.update({ accounts: withEntry(turn.state.accounts, miid!, { ...known, origin }) });
  }
  if (newOthers.length === 0) return;
  const entries = newOthers.map(({ name, moid, miid, digest }): BootstrappedMo => {
    return { originKind: origin.kind, name, moid, miid, digest };
  });
  const names = new Set(entries.map(({ name }) => name));
  const rest = turn.state.bootstrapped.filter(
    (each) => each.originKind !== origin.kind || !names.has(each.name),
  );
  turn.update({ bootstrapped: [...rest, ...entries] });
}

/**
 * The same bootstrap came once more: a server that pushes again has not seen the device yet. BootstrapComplete goes out
 * where it found no answer and is not on its way.
 */
function announceAgain(turn: Turn, serverId: string): void {
  const known = findAccount(turn.state, serverId);
  if (known === undefined || known.account.announced) return;
  if (turn.state.sessions.get(serverId)?.cause.kind === 'bootstrap') return;
  requestSession(turn, { serverId, cause: { kind: 'bootstrap' } });
}

/** Sessions that were to tell a server of its bootstrap and never got an answer. */
export function announceBootstraps(turn: Turn): void {
  for (const { srvId, announced } of turn.state.accounts.values()) {
    if (!announced) requestSession(turn, { serverId: srvId, cause: { kind: 'bootstrap' } });
  }
}
