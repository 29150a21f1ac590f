/** A bootstrap for eyes and logs: secret leaves as a length, certificates as what they say. */
import { decodeUtf8, encodeUtf8, toHex } from '../../bytes/index.js';
import {
  canonicalMoid,
  decodeBase64,
  findDefinition,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  matchChild,
  type NodeDefinition,
  nodeAt,
  type SerializedMo,
} from '../../mo/index.js';
import { type CertificateInfo, parseCertificate } from './certificate.js';
import type { BootstrapDocument } from './document.js';
import { withoutPassword } from './uri.js';

export interface RedactOptions {
  /** Show secret values too: never in a log. */
  readonly reveal?: boolean;
  /** Binary leaves as what they say, for people; otherwise they are the base64 of the document. */
  readonly explain?: boolean;
}

/** An object of the document under the labels of §7.2.1.4. */
export interface ShownMo {
  readonly DDF?: string;
  readonly ClientURI: string;
  readonly CV?: string;
  readonly MOData: JsonObject;
}

/**
 * The document as it is, with, in place of values:
 *
 * - `{ secret: true, length }` for leaves that the definition marks as secret, length in octets;
 * - `{ hidden: true, length }` for texts and numbers that no definition explains (Ext nodes, vendors' MOs),
 *   since they may be secret, length in octets of their text;
 * - with `explain`, `{ certificate: { subject, issuer, … } }` or `{ hex, utf8 }` for other binary leaves.
 *
 * With `reveal` nothing is hidden, and secret leaves are as in the document; with `explain` too, they have `hex`
 * beside the length.
 *
 * @example
 * const bytes = encodeUtf8('[{"ClientURI":"urn:example:mo//","MOData":{"a":{"pin":"1234"}}}]');
 * redactBootstrap(parseBootstrap(bytes).document)[0]?.MOData // → { a: { pin: { hidden: true, length: 4 } } }
 */
export function redactBootstrap(document: BootstrapDocument, options: RedactOptions = {}): ShownMo[] {
  return document.objects.map((object) => {
    const shown = new Redaction(options.reveal ?? false, options.explain ?? false);
    return {
      ...(object.ddf === undefined ? {} : { DDF: shown.uri(object.ddf) }),
      ClientURI: object.clientUri,
      ...(object.cv === undefined ? {} : { CV: object.cv }),
      MOData: shown.members(object.moData, () => definitionOf(object)),
    };
  });
}

function definitionOf({ clientUri }: SerializedMo): NodeDefinition | undefined {
  const [moid = '', , ...path] = clientUri.split('/');
  const root = findDefinition(canonicalMoid(moid))?.definition.root;
  const names = path.filter((name) => name !== '');
  return root === undefined ? undefined : nodeAt(root, names);
}

class Redaction {
  constructor(
    private readonly reveal: boolean,
    private readonly explain: boolean,
  ) {}

  uri(value: string): string {
    return this.reveal ? value : withoutPassword(value);
  }

  members(node: JsonObject, definition: (name: string) => NodeDefinition | undefined): JsonObject {
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [name, this.value(definition(name), value)]),
    );
  }

  private value(definition: NodeDefinition | undefined, value: JsonValue): JsonValue {
    if (definition === undefined || definition.open) return this.unexplained(value);
    if (definition.format === 'node') {
      return isJsonObject(value)
        ? this.members(value, (name) => matchChild(definition, name)?.definition)
        : this.unexplained(value);
    }
    if (definition.secret) return this.secret(value);
    if (definition.format === 'bin' || definition.format === 'b64') return this.binary(value);
    if (typeof value === 'string') return this.uri(value);
    return isJsonObject(value) || Array.isArray(value) ? this.unexplained(value) : value;
  }

  private secret(value: JsonValue): JsonValue {
    const octets = typeof value === 'string' ? decodeBase64(value) : undefined;
    if (octets === undefined) return this.unexplained(value);
    const shown = { secret: true, length: octets.length };
    if (!this.reveal) return shown;
    return this.explain ? { ...shown, hex: toHex(octets) } : value;
  }

  private binary(value: JsonValue): JsonValue {
    const octets = typeof value === 'string' ? decodeBase64(value) : undefined;
    if (octets === undefined) return this.unexplained(value);
    if (!this.explain) return value;
    const certificate = parseCertificate(octets);
    if (certificate !== undefined) return { certificate: shownCertificate(certificate) };
    const utf8 = printable(octets);
    return { hex: toHex(octets), ...(utf8 === undefined ? {} : { utf8 }) };
  }

  private unexplained(value: JsonValue): JsonValue {
    if (this.reveal || value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((item: JsonValue) => this.unexplained(item));
    if (isJsonObject(value)) return this.members(value, () => undefined);
    return { hidden: true, length: encodeUtf8(String(value)).length };
  }
}

/** A certificate as it is shown. */
function shownCertificate(certificate: CertificateInfo): JsonObject {
  const { subject, issuer, serial, notBefore, notAfter, key, sha256 } = certificate;
  return {
    subject,
    issuer,
    serial,
    notBefore: dateText(notBefore),
    notAfter: dateText(notAfter),
    key: key.name,
    sha256,
  };
}

/** ISO 8601, also where a certificate's date makes no sense. */
export function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'unreadable' : date.toISOString();
}

function printable(octets: Uint8Array): string | undefined {
  try {
    const text = decodeUtf8(octets);
    return text === '' || /\p{C}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
