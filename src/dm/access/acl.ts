/** Access control lists of DM 1.x as permissions (DM 2.0 §13.2, docs/decisions/acl-interworking.md). */
import { DataError } from '../../errors/index.js';
import { DELEGATE, EVERYONE, EXECUTE, READ, WRITE } from './authority.js';
import type { PermissionGroup } from './permissions.js';

const COMMANDS = ['Add', 'Copy', 'Delete', 'Exec', 'Get', 'Replace'] as const;
type AclCommand = (typeof COMMANDS)[number];

export interface AclConversion {
  /** To put under <MOID>/<MIID> (`withPermissions`); undefined for an empty list, which inherits. */
  readonly group?: PermissionGroup;
  /** Servers that get more than the list gave: Write is HGET and DELETE together. */
  readonly widened: readonly {
    readonly serverId: string;
    readonly by: readonly ('Add' | 'Delete' | 'Replace')[];
  }[];
}

/**
 * The permissions that an access control list means: Get is Read, Exec is Execute, Add and Replace are Write. Replace on
 * an interior node, which in DM 1.x includes the list itself, is Delegate too. Delete alone and Copy give nothing.
 *
 * @param acl as DM 1.x writes it: commands with server identifiers or `*`
 * @param nodePath names below the root of the instance, as in a Path node: `/` or `/a/b`
 * @throws DataError `DATA_ACL` with the offset
 * @example
 * const { group } = aclToPermissions('Get=*&Replace=srv1+srv2', '/a');
 * group?.permissions.map(({ maid, rights }) => `${maid} ${rights}`) // → ['serverid:srv1 2', 'serverid:srv2 2', '* 1']
 */
export function aclToPermissions(
  acl: string,
  nodePath: string,
  options: { readonly interior?: boolean } = {},
): AclConversion {
  const granted = parseAcl(acl);
  if (granted.size === 0) return { widened: [] };
  const servers = [...new Set([...granted.values()].flat())].sort((one, other) => order(one) - order(other));
  const commandsOf = (server: string) => COMMANDS.filter((name) => granted.get(name)?.includes(server));
  const permissions = servers
    .map((server) => ({
      maid: server === EVERYONE ? server : `serverid:${server}`,
      rights: rightsFor(commandsOf(server), options.interior ?? false),
    }))
    .filter(({ rights }) => rights > 0);
  const widened = servers
    .map((serverId) => ({ serverId, by: missingWrites(commandsOf(serverId)) }))
    .filter(({ by }) => by.length > 0);
  const path = nodePath.split('/').filter((name) => name !== '');
  return { group: { path, permissions }, widened };
}

function order(server: string): number {
  return server === EVERYONE ? 1 : 0;
}

function rightsFor(commands: readonly AclCommand[], isInterior: boolean): number {
  const has = (name: AclCommand) => commands.includes(name);
  return (
    (has('Get') ? READ : 0) |
    (has('Add') || has('Replace') ? WRITE : 0) |
    (has('Exec') ? EXECUTE : 0) |
    (has('Replace') && isInterior ? DELEGATE : 0)
  );
}

function missingWrites(commands: readonly AclCommand[]): ('Add' | 'Delete' | 'Replace')[] {
  if (!commands.includes('Add') && !commands.includes('Replace')) return [];
  return (['Add', 'Delete', 'Replace'] as const).filter((name) => !commands.includes(name));
}

function parseAcl(acl: string): Map<AclCommand, string[]> {
  const granted = new Map<AclCommand, string[]>();
  if (acl === '') return granted;
  let offset = 0;
  for (const entry of acl.split('&')) {
    const [name, servers] = entry.split('=');
    const command = COMMANDS.find((each) => each === name);
    if (command === undefined) refuse(offset, 'no command of DM 1.x stands here');
    if (granted.has(command)) refuse(offset, `${command} stands twice`);
    const list = servers?.split('+') ?? [];
    if (entry.split('=').length !== 2 || list.length === 0 || !list.every(isServer)) {
      refuse(offset, 'server identifiers or * follow a command and "="');
    }
    granted.set(command, list);
    offset += entry.length + 1;
  }
  return granted;
}

function isServer(text: string): boolean {
  return text === EVERYONE || /^[^*\s=&+]+$/.test(text);
}

function refuse(offset: number, message: string): never {
  throw new DataError('DATA_ACL', `the access control list is malformed at character ${offset}: ${message}`, {
    details: { offset },
  });
}
