/** What the packages of a session carry, apart from how they are written (DM 2.0 §5.2.2 to §5.2.4, §5.3, §5.4). */
import type { JsonValue } from '../mo/index.js';

/** The twelve commands (§5.3), in the order of its table. */
export const COMMANDS = [
  'HGET',
  'HPUT',
  'HPOST',
  'DELETE',
  'EXEC',
  'GET',
  'SHOW',
  'CONT',
  'END',
  'DEFAULT',
  'SUB',
  'UNSUB',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** A command as Package#2 carries it: its name, then its parameters in the order of §5.3. */
export type WireCommand = readonly [name: string, ...parameters: string[]];

/** One element of the array MOS (§5.2.2). */
export interface MosEntry {
  /** Address of the DDF file. */
  readonly ddf?: string;
  readonly moid: string;
  readonly miids: readonly string[];
}

/** Importance of an alert (§5.4); `informational` where it is absent. */
export const MARKS = [
  'fatal',
  'critical',
  'minor',
  'warning',
  'informational',
  'harmless',
  'indeterminate',
] as const;
export type Mark = (typeof MARKS)[number];

/** Generic Alert (§5.4). */
export interface GenericAlert {
  readonly alertType: string;
  /** ClientURI of the node it is about. */
  readonly sourceUri?: string;
  readonly targetUri?: string;
  readonly mark?: Mark;
  /** Media type of `data`; required with it. */
  readonly dataType?: string;
  /** An object where we send it; whatever the client sent where we receive it. */
  readonly data?: JsonValue;
}

/** The alerts of the protocol itself (Appendix D). */
export const ALERT_TYPES = {
  serverInitiated: 'urn:oma:at:dm:2.0:ServerInitiatedMgmt',
  clientInitiated: 'urn:oma:at:dm:2.0:ClientInitiatedMgmt',
  bootstrapComplete: 'urn:oma:at:dm:2.0:BootstrapComplete',
} as const;

/** Package#1: the client opens a session (§5.2.2). */
export interface Package1 {
  /** Present where the notification asked for it (REQ-MOS). */
  readonly mos?: readonly MosEntry[];
  readonly alerts: readonly GenericAlert[];
}

/** Package#2: the server's commands (§5.2.3). */
export interface Package2 {
  readonly commands: readonly WireCommand[];
}

/** What became of one command (§5.2.4, Appendix C). */
export interface CommandStatus {
  readonly sc: number;
  /** Where an HGET stored its data. */
  readonly uris?: readonly string[];
}

/** Package#3: one status for each command of Package#2, in its order, and alerts (§5.2.4). */
export interface Package3 {
  readonly statuses: readonly CommandStatus[];
  readonly alerts: readonly GenericAlert[];
}

/** One encapsulation of a multipart response: the data of the GET at this place among the statuses (Appendix F). */
export interface BodyPart {
  readonly contentType: string;
  readonly body: Uint8Array;
}
