/** Everything of a card that outlives power, as plain data. */
import { fromHex, toHex } from '../../bytes/index.js';
import type { SubscriptionImage } from '../authentication/subscription.js';
import type { Df, EfStructure, FileNode, LifeCycle, SecurityAttributes } from '../files/node.js';
import type { Machine } from '../machine/machine.js';
import type { DomainImage } from '../security-domain/domain.js';

export interface CardImage {
  readonly profile: string;
  readonly freeMemory: number;
  readonly pins: readonly PinImage[];
  readonly root: FileImage;
  /** Of cards with a security domain; its keys in clear, like everything here. */
  readonly securityDomain?: DomainImage | undefined;
  /** Of cards that authenticate: accepted sequence numbers and Ks, in clear like everything here. */
  readonly subscription?: SubscriptionImage | undefined;
}

interface PinImage {
  readonly name: string;
  readonly value: string;
  readonly enabled: boolean;
  readonly replaced: boolean;
  readonly tries: number;
  readonly unblockTries: number;
}

/** Octets are hex; `security` is tag and value of the security attributes. */
export interface FileImage {
  readonly fid?: number | undefined;
  readonly name?: string | undefined;
  readonly state: LifeCycle;
  readonly security: readonly [tag: number, value: string];
  readonly ef?:
    | {
        readonly structure: EfStructure;
        readonly content: string;
        readonly recordLength: number;
        readonly sfi?: number | undefined;
      }
    | undefined;
  readonly df?:
    | {
        readonly aid?: string | undefined;
        readonly pins: readonly number[];
        readonly totalSize?: number | undefined;
        readonly children: readonly FileImage[];
      }
    | undefined;
}

export function imageOf(machine: Machine, profile: string): CardImage {
  return {
    profile,
    freeMemory: machine.freeMemory,
    pins: machine.pins.pins.map((pin) => ({
      name: pin.name,
      value: toHex(pin.value),
      enabled: pin.enabled,
      replaced: pin.replaced,
      tries: pin.tries,
      unblockTries: pin.unblockTries,
    })),
    root: fileImage(machine.mf),
    securityDomain: machine.domain?.image(),
    subscription: machine.subscription?.image(),
  };
}

function fileImage(node: FileNode): FileImage {
  const security = [node.security.tag, toHex(node.security.value)] as const;
  const common = { fid: node.fid, name: node.name, state: node.state, security };
  if (node.kind === 'ef') {
    const { structure, content, recordLength, sfi } = node;
    return { ...common, ef: { structure, content: toHex(content), recordLength, sfi } };
  }
  const { pins, totalSize, children } = node;
  const aid = node.aid === undefined ? undefined : toHex(node.aid);
  return { ...common, df: { aid, pins: [...pins], totalSize, children: children.map(fileImage) } };
}

/** Puts a card back into the state of an image; everything volatile is as after a reset. */
export function restoreImage(machine: Machine, image: CardImage): void {
  const root = fileOf(image.root, undefined);
  if (root.kind === 'df') {
    machine.mf.children.splice(0, machine.mf.children.length);
    machine.mf.state = root.state;
    for (const child of image.root.df?.children ?? []) machine.mf.children.push(fileOf(child, machine.mf));
  }
  for (const saved of image.pins) {
    const pin = machine.pins.pins.find((candidate) => candidate.name === saved.name);
    if (pin === undefined) continue;
    const { enabled, replaced, tries, unblockTries } = saved;
    machine.pins.change(pin, fromHex(saved.value));
    Object.assign(pin, { enabled, replaced, tries, unblockTries });
  }
  if (image.securityDomain !== undefined) machine.domain?.restore(image.securityDomain);
  if (image.subscription !== undefined) machine.subscription?.restore(image.subscription);
  machine.freeMemory = image.freeMemory;
  machine.reset();
}

function fileOf(image: FileImage, parent: Df | undefined): FileNode {
  const { fid, name, state } = image;
  const security: SecurityAttributes = {
    tag: image.security[0] as SecurityAttributes['tag'],
    value: fromHex(image.security[1]),
  };
  if (image.ef !== undefined) {
    const { structure, content, recordLength, sfi } = image.ef;
    const octets = fromHex(content);
    return { kind: 'ef', fid, name, parent, state, security, structure, content: octets, recordLength, sfi };
  }
  const directory = image.df;
  const aid = directory?.aid === undefined ? undefined : fromHex(directory.aid);
  const pins = directory?.pins ?? [];
  const totalSize = directory?.totalSize;
  const df: Df = { kind: 'df', fid, name, parent, state, security, aid, pins, totalSize, children: [] };
  for (const child of directory?.children ?? []) df.children.push(fileOf(child, df));
  return df;
}
