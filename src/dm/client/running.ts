/** What a client has open: requests, questions, sessions and their commands. It ends with the power. */
import type { NodeRef } from '../../mo/index.js';
import type { WireCommand } from '../messages.js';
import type { BootstrapOrigin, Connection, SessionCause } from './environment.js';
import type { AsyncExec, PendingAlert } from './kept.js';

/** A request that is out, and what its answer is for. */
export type OpenRequest =
  | { readonly for: 'package'; readonly serverId: string }
  | { readonly for: 'command'; readonly serverId: string }
  | {
      readonly for: 'subscription';
      readonly subscriptionId: string;
      readonly revision: number;
      readonly retried: boolean;
    }
  | {
      readonly for: 'default';
      readonly moid: string;
      readonly serverId: string;
      readonly appId: string;
      readonly localId: string;
    }
  | { readonly for: 'bootstrap'; readonly url: string }
  | { readonly for: 'gcm'; readonly serverId: string };

/** A bootstrap that waits for its user. */
export interface OpenQuestion {
  readonly origin: BootstrapOrigin;
  readonly documents: readonly Uint8Array[];
}

/** One session with one server (§5.1.1). Never stored: after a restart it has been aborted. */
export interface Session {
  readonly serverId: string;
  readonly cause: SessionCause;
  /** Where packages go; CONT changes it. */
  readonly url: string;
  readonly connection: Connection;
  /** Packages sent. */
  readonly packages: number;
  readonly continued: number;
  /** The pending alerts that the package that is out has; they stay pending until it is answered. */
  readonly alertsSent: readonly PendingAlert[];
  /** Media types the server takes in PUT and POST (OMADM-Accept, §5.5). */
  readonly omadmAccept?: string;
  /** Content-Type of the last Package#2: the answer is written in its format. */
  readonly contentType?: string;
  /** Absent while a package is out. */
  readonly run?: CommandRun;
}

/** Package#2 while its commands are carried out. */
export interface CommandRun {
  readonly commands: readonly WireCommand[];
  readonly results: readonly CommandResult[];
  readonly hasEnd: boolean;
  /** What the command after the last result waits for. */
  readonly waiting?: Waiting;
}

/** What became of one command, and the data of a GET. */
export interface CommandResult {
  readonly sc: number;
  readonly uris?: readonly string[];
  readonly part?: { readonly contentType: string; readonly body: Uint8Array };
}

/** What a command in progress waits for. */
export type Waiting =
  | { readonly on: 'fetch'; readonly id: string; readonly at?: Destination }
  | {
      readonly on: 'upload';
      readonly id: string;
      readonly method: 'PUT' | 'POST';
      readonly url: string;
      readonly nodes: NodeList;
      readonly retried: boolean;
    }
  | { readonly on: 'exec'; readonly exec: AsyncExec }
  | { readonly on: 'browser'; readonly id: string };

/** Where an HGET puts its data; without `miid` in an instance that the client names. */
export interface Destination {
  readonly moid: string;
  readonly miid?: string;
  readonly path: readonly string[];
}

/** Nodes that are read together. */
export interface NodeList {
  readonly sources: readonly NodeSource[];
  /** Several were asked for, or a wildcard: a list even if it has one member (§6.1.2). */
  readonly isList: boolean;
}

/** A node that is read, and how many levels of it (§6.1.1.3). */
export interface NodeSource {
  readonly ref: NodeRef;
  readonly levels?: number;
}
