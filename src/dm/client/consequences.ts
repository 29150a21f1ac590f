/** What follows a change of the tree: subscriptions, and what hangs on accounts that are gone (DM 2.0 §5.3.11, §8.1). */
import type { MoTree } from '../../mo/index.js';
import { DMACC } from '../../mo/index.js';
import { forgetInstances, onServerRemoved } from '../access/index.js';
import { markChanged } from './subscriptions.js';
import { type Turn, withoutEntry } from './turn.js';

/** Puts a new tree in place. Every change of the tree goes through here. */
export function afterTreeChange(turn: Turn, tree: MoTree): void {
  if (tree === turn.state.tree) return;
  const before = turn.state.tree;
  turn.update({ tree: hasLost(before, tree) ? forgetInstances(tree) : tree });
  for (const [miid, { srvId }] of turn.state.accounts) {
    if (tree.instance(DMACC.moid, miid) === undefined) forgetServer(turn, miid, srvId);
  }
  markChanged(turn, before);
}

/** Whether an instance has gone: its permissions go with it, or they would be those of the next of its name. */
function hasLost(before: MoTree, after: MoTree): boolean {
  return [...before.moids()].some((moid) => {
    if (before.instancesOf(moid) === after.instancesOf(moid)) return false;
    return [...before.instancesOf(moid).keys()].some((miid) => after.instance(moid, miid) === undefined);
  });
}

/** The account is gone: nothing of its server stays, neither rights nor what it ordered. */
function forgetServer(turn: Turn, miid: string, srvId: string): void {
  const { accounts, subscriptions, defaults, pendingAlerts, pendingStarts, asyncExecs, tree } = turn.state;
  const others = <T extends { serverId: string }>(items: readonly T[]) =>
    items.filter(({ serverId }) => serverId !== srvId);
  turn.update({
    tree: onServerRemoved(tree, srvId),
    accounts: withoutEntry(accounts, miid),
    subscriptions: others(subscriptions),
    defaults: new Map([...defaults].filter(([, { serverId }]) => serverId !== srvId)),
    pendingAlerts: others(pendingAlerts),
    pendingStarts: others(pendingStarts),
    asyncExecs: others(asyncExecs),
  });
}
