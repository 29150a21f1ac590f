/** Reading a bootstrap document (DM 2.0 §8.1, §8.5). */
import { DataError, SimbootError } from '../../errors/index.js';
import {
  type DmAccount,
  decodeDmmo,
  type Finding,
  type JsonLimits,
  type SerializedMo,
} from '../../mo/index.js';
import { judgeBootstrap } from './rules.js';

export interface BootstrapDocument {
  readonly objects: readonly SerializedMo[];
}

export interface ParsedBootstrap {
  readonly document: BootstrapDocument;
  /** In the order of the document. */
  readonly accounts: readonly DmAccount[];
  /** Warnings and infos; errors too with `lenient`. */
  readonly findings: readonly Finding[];
}

export interface ParseOptions extends JsonLimits {
  /** Leave out accounts with mistakes in their structure instead of throwing; for looking at foreign cards. */
  readonly lenient?: boolean;
  /** The time to judge certificates by; their dates are not judged without it. */
  readonly now?: Date;
}

/**
 * The MOs and accounts of a bootstrap document: exactly the octets of the document, without padding.
 *
 * @throws DataError `DATA_UTF8`, `DATA_JSON`, `DATA_JSON_DUPLICATE`, `DATA_LIMIT`, `DATA_DMMO` for what cannot
 * be read; `DATA_MO` or `DATA_BOOTSTRAP` with the JSON path of the first mistake in what can, unless `lenient`
 * @example
 * parseBootstrap(encodeUtf8('[]')).accounts // → []
 * parseBootstrap(encodeUtf8('[{"ClientURI":"urn:example:mo//"}]')) // throws DATA_DMMO
 */
export function parseBootstrap(bytes: Uint8Array, options: ParseOptions = {}): ParsedBootstrap {
  const decoded = decodeDmmo(bytes, options);
  const judged = judgeBootstrap(decoded.objects, options.now);
  const findings = [...decoded.findings, ...judged.findings];
  const mistake = findings.find(({ severity }) => severity === 'error');
  if (mistake !== undefined && !options.lenient) throw errorOf(mistake);
  return {
    document: { objects: decoded.objects },
    accounts: judged.accounts.map(({ account }) => account),
    findings,
  };
}

/** The finding as an error. */
export function errorOf({ code, where, message }: Finding): DataError {
  return new DataError(code.startsWith('BOOTSTRAP_') ? 'DATA_BOOTSTRAP' : 'DATA_MO', `${where}: ${message}`, {
    details: { path: where, finding: code },
  });
}

/**
 * Everything that is wrong or worth knowing about a bootstrap document, worst first. Never throws for what
 * stands in the document.
 *
 * @example validateBootstrap(encodeUtf8('[{}]')).map(({ where }) => where) // → ['$[0]']
 */
export function validateBootstrap(bytes: Uint8Array, options: { readonly now?: Date } = {}): Finding[] {
  try {
    const { findings } = parseBootstrap(bytes, { ...options, lenient: true });
    const order = { error: 0, warning: 1, info: 2 };
    return [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    const { path, offset } = error.details;
    const where = typeof path === 'string' ? path : typeof offset === 'number' ? `octet ${offset}` : '$';
    return [{ severity: 'error', code: error.code, where, message: error.message }];
  }
}
