/** A job as the rest of the room uses it: what `job.yaml` says, checked, with defaults filled in. */
import type { JsonValue } from '../../mo/index.js';

/** Text in which `${name}` stands for a field of the record or a drawn value; `$${` is a plain `${`. */
export type TemplateText = string;

/** One kind of card, one source of records, the steps between them, and what comes out. */
export interface Job {
  readonly name: string;
  /** The author's own, any text. */
  readonly version: string;
  /** SHA-256 over the job file and the files that it includes, 64 hex digits; recorded with every card. */
  readonly hash: string;
  readonly card: CardProfile;
  readonly records: RecordSource;
  readonly bind: Binding;
  /** Values drawn once per record before the first write, by name. */
  readonly draw: Readonly<Record<string, Drawn>>;
  /** Secrets of the line by name, the same for all cards: their forms; the values come when the job is run. */
  readonly secrets: Readonly<Record<string, Drawn>>;
  readonly keys: JobKeys;
  /** In the order in which they are carried out. */
  readonly steps: readonly Step[];
  readonly checks: Checks;
  readonly stop: StopRules;
  readonly timing: Timing;
  readonly outputs: readonly OutputFile[];
  readonly hooks: Hooks;
}

export interface CardProfile {
  readonly mode: 'auto' | '2g' | '3g';
  /** Hex digits, `.` for any digit, `*` at the end for any rest; none given: every ATR passes. */
  readonly atrs: readonly string[];
  /** What tells two chips apart, in the order in which it is tried; `none` if a card of this kind has nothing. */
  readonly identity: 'cplc' | 'iccid' | { readonly file: string } | 'none';
  /** Simulated profile for the dry run, the demo and the tests. */
  readonly simulated: string;
  /** Where the bootstrap goes, and what is created where the card lacks it. */
  readonly files: {
    readonly bootstrap?: number;
    readonly dodf?: number;
    readonly applicationPath?: readonly number[];
    /** Creates the application and its files where they are missing; octets of each. */
    readonly create?: { readonly bootstrap?: number; readonly dodf?: number; readonly odf?: number };
  };
}

export interface RecordSource {
  /** `var`: a header, then `Var_In`/`Var_Out` lines as the job's dialect says. */
  readonly format: 'csv' | 'var' | 'jsonl';
  /** Relative to the job file; the command line may name another. */
  readonly file?: string;
  readonly delimiter: string;
  /** Dialect of header-plus-records files; with `format: var` only. */
  readonly dialect?: VarDialect;
  readonly columns: readonly Column[];
  /** Transport keys by name: what they are for; the key itself comes from the command line or a key store. */
  readonly transportKeys: readonly string[];
  /** Key check values that transport keys must have, by name; six hex digits. */
  readonly transportKeyChecks?: Readonly<Record<string, string>>;
}

export interface VarDialect {
  /** Starts the line that lists the input columns, such as `Var_In:`. */
  readonly inputColumns: string;
  /** Starts the line that lists the output columns, such as `Var_Out:`. */
  readonly outputColumns: string;
  /** Between a header's name and its value. */
  readonly separator: string;
  /** Between the values of a record. */
  readonly delimiter: string;
  /** Header that tells how many records follow; compared if there. */
  readonly quantity?: string;
  /** Header whose value names the transport key of all encrypted columns; `0` means unencrypted. */
  readonly transportKey?: string;
}

export interface Column {
  /** What templates call it. */
  readonly name: string;
  /** What the source calls it; the same as `name` unless told. */
  readonly header: string;
  readonly type: 'text' | 'digits' | 'hex' | 'iccid' | 'imsi' | 'eid';
  /** Characters of text and digits, octets of hex. */
  readonly length?: { readonly min: number; readonly max: number };
  /** Inclusive, as digits of the same length. */
  readonly range?: { readonly from: string; readonly to: string };
  /** Prefixes of which an `imsi` must have one (MCC and MNC); prefixes of an `iccid` likewise. */
  readonly prefixes?: readonly string[];
  readonly pattern?: string;
  /** No two records of any batch in the store may share it. Always so for `iccid`, `imsi` and `eid`. */
  readonly unique: boolean;
  readonly optional: boolean;
  /** Never shown, sealed in the store. */
  readonly secret: boolean;
  readonly transport?: {
    /** One of `transportKeys`. */
    readonly key: string;
    readonly cipher: 'aes-gcm' | 'aes-cbc' | 'aes-ecb';
    /** Vector of `aes-cbc`: 16 octets in front of the cell, or zeros; `front` unless told. */
    readonly iv?: 'front' | 'zero';
    /** What fills the last block of `aes-cbc` and `aes-ecb`; `none` unless told. */
    readonly padding?: 'none' | 'iso7816' | 'pkcs7';
  };
}

/** How a record finds its card. */
export type Binding =
  | { readonly by: 'next' }
  /** The ICCID read from the card names the record. */
  | { readonly by: 'iccid'; readonly column: string }
  /** A code that somebody scans for the slot names the record. */
  | { readonly by: 'code'; readonly column: string };

export type Drawn =
  | { readonly kind: 'digits'; readonly length: number }
  /** Random octets, as hex digits in templates. */
  | { readonly kind: 'octets'; readonly length: number };

/** A key or PIN: from the record, drawn, or a secret of the line that the command line resolves by this name. */
export interface JobKeys {
  /** Administrative key that is presented, and its reference. */
  readonly adm?: { readonly value: TemplateText; readonly reference: number };
  /** PIN that is presented where a rule asks for one. */
  readonly pin?: { readonly value: TemplateText };
  readonly scp03?: {
    /** A key set of the key store, by name, whose keys are the card's own or the master of all cards. */
    readonly keySet: string;
    /** `none`: the keys of the set themselves. */
    readonly diversification: 'none' | 'kdf3' | 'visa2' | 'emv';
    readonly keyVersion?: number;
    readonly level: number;
    /** What goes through the channel: the bootstrap application, or nothing but key rotation. */
    readonly through: 'bootstrap' | 'keys';
    readonly aid?: string;
  };
}

export type Step = BootstrapStep | FileStep | PinStep | RotateKeysStep | ApduStep;

interface NamedStep {
  /** Unique in the job; what the journal and the statistics call it. */
  readonly name: string;
}

/** The bootstrap document, made from a description whose texts are templates (docs/bootstrap-description.md). */
export interface BootstrapStep extends NamedStep {
  readonly kind: 'bootstrap';
  readonly description: JsonValue;
  /** Octets of the files that the description refers to, by the name that stands there (without `@`). */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly label?: string;
}

/** One EF. */
export interface FileStep extends NamedStep {
  readonly kind: 'file';
  /** `3F00/2FE2`; `ADF_USIM/6F07` under the first USIM of EF(DIR). */
  readonly path: string;
  readonly codec: 'iccid' | 'imsi' | 'spn' | 'acc' | 'plmn' | 'plmn-act' | 'smsp' | 'raw';
  /** Texts in it are templates. What each codec takes: docs/job.md. */
  readonly value: JsonValue;
  /** Record of a record file, from 1. */
  readonly record?: number;
  /** Octet of a transparent file; raw only. */
  readonly offset?: number;
  /** The card does not give the content back (a key file): not read back; a check has to prove it. */
  readonly writeOnly: boolean;
}

/** A new value of a PIN or ADM. */
export interface PinStep extends NamedStep {
  readonly kind: 'pin';
  /** Key reference. */
  readonly reference: number;
  /** The value that the card has now. */
  readonly current: TemplateText;
  readonly value: TemplateText;
  /** Whether the PIN is asked for afterwards; as it is unless told. */
  readonly enabled?: boolean;
}

/** Replaces the card's key set by PUT KEY; the next set is drawn, or diversified from a master of the key store. */
export interface RotateKeysStep extends NamedStep {
  readonly kind: 'rotate-keys';
  readonly aid?: string;
  readonly keyVersion: number;
  readonly next:
    | { readonly kind: 'drawn'; readonly length: 16 | 24 | 32 }
    | { readonly kind: 'diversified'; readonly keySet: string; readonly method: 'kdf3' | 'visa2' | 'emv' };
}

export interface ApduStep extends NamedStep {
  readonly kind: 'apdu';
  readonly commands: readonly {
    /** Hex with templates. */
    readonly command: TemplateText;
    /** Status words that pass, `.` for any digit: `9000`, `61..`. */
    readonly status: readonly string[];
    /** Hex of the response data; not compared if absent. */
    readonly response?: TemplateText;
  }[];
  /** Commands that read back what was done; without them nothing of this step is verified. */
  readonly verify: ApduStep['commands'];
  /** Whether running it again on the same card does no harm; a record that was interrupted in it is quarantined else. */
  readonly repeatable: boolean;
}

export interface Checks {
  /** The card authenticates against these keys (Milenage or TUAK), in the USIM. */
  readonly authenticate?: {
    readonly algorithm: 'milenage' | 'tuak';
    readonly k: TemplateText;
    readonly opc: TemplateText;
  };
  /** The tries left of each PIN and ADM are full at the end. */
  readonly pinTries: boolean;
}

/** When the line stops by itself. 0 turns a rule off. */
export interface StopRules {
  /** Bad cards in a row, over all slots of a station. */
  readonly consecutiveFailures: number;
  /** Good cards in a hundred, once so many cards were done. */
  readonly yieldFloor: { readonly percent: number; readonly after: number };
  /** Cards with a wrong ATR. */
  readonly wrongAtr: number;
  /** Cards whose keys are not the expected ones. */
  readonly keyMismatch: number;
  /** Bad cards in a row in one slot: that slot alone stops. */
  readonly slotFailures: number;
}

export interface Timing {
  /** Milliseconds for one step on one card. */
  readonly stepTimeoutMs: number;
  /** How often a card is powered again or put again into its slot before it counts as bad. */
  readonly contactRetries: number;
}

export interface OutputFile {
  readonly name: string;
  readonly kind: 'server' | 'laser' | 'box';
  /** With `${batch}`, `${station}` and `${date}`. */
  readonly file: TemplateText;
  readonly format: 'csv' | 'var' | 'jsonl';
  readonly delimiter: string;
  readonly columns: readonly OutputColumn[];
  /** Transport key under which encrypted columns are sealed. */
  readonly transportKey?: string;
  /** Cards per box; `kind: box` only. */
  readonly boxSize?: number;
}

export interface OutputColumn {
  readonly header: string;
  readonly value: TemplateText;
  /** Sealed under the file's transport key. */
  readonly encrypted: boolean;
}

/** Commands of a handler machine, run with slot, record and outcome in their environment. */
export interface Hooks {
  readonly get?: string;
  readonly good?: string;
  readonly bad?: string;
}
