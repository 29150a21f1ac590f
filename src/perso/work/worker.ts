/** The worker of a job: everything that is the same for all records is made once. */
import type { CardChannel } from '../../apdu/index.js';
import type { CardKeys } from '../../bootstrap/index.js';
import { toHex } from '../../bytes/index.js';
import type { KeyReference } from '../../card/index.js';
import { type KeySet, securityLevel } from '../../globalplatform/index.js';
import { compileTemplate, type Template } from '../job/template.js';
import type { Job, PinStep, Step } from '../job/types.js';
import { ApduWork, planScript } from './apdu-step.js';
import { BootstrapWork } from './bootstrap-step.js';
import { type PreparedCheck, RecordWork } from './card-work.js';
import { akaFunctions, checkAuthentication, checkTries } from './checks.js';
import { compileDocument, type Values } from './document.js';
import { FileWork, planFile } from './file-step.js';
import { identifyCard } from './identify.js';
import { currentKeySet, type NamedKeySets, named, nextKeySet } from './key-sets.js';
import { KeyRing, type KeyValues, keyOctets } from './keys.js';
import { PinWork } from './pin-step.js';
import type { CardWorker } from './port.js';
import { RotateWork } from './rotate-step.js';
import { WorkSession } from './session.js';
import type { PreparedStep } from './step.js';
import { Tap } from './tap.js';

/** What a worker has besides its job. */
export interface WorkerOptions {
  /** Key sets by name, masters among them: every set that the job names. */
  readonly keySets?: NamedKeySets;
  /** Secrets of the line, by the name that templates give them; a field of the record goes before. */
  readonly secrets?: Values;
  readonly random: (octets: number) => Uint8Array;
  /** The time that certificates are judged by. */
  readonly clock: { now(): Date };
}

const PIN1: KeyReference = 0x01;

/** What a step makes of the values of a record. */
type StepMaker = (values: Values, shared: RecordShared) => PreparedStep;

interface RecordShared {
  readonly keysNow: (session: WorkSession) => Promise<CardKeys>;
}

/**
 * Makes the worker of a job.
 *
 * @throws UsageError `USAGE_KEY_SET` for a set that the job names and the line does not have; DataError of a template
 */
export function cardWorker(job: Job, options: WorkerOptions): CardWorker {
  const plan = new JobPlan(job, options);
  const taps = new WeakMap<CardChannel, Tap>();
  const tapOf = (channel: CardChannel): Tap => {
    const known = taps.get(channel);
    if (known) return known;
    const tap = new Tap(channel);
    taps.set(channel, tap);
    return tap;
  };
  const patterns = job.card.atrs.map(atrPattern);
  return {
    identify: (channel) => identifyCard(tapOf(channel), job),
    expects: (atr) => patterns.length === 0 || patterns.some((pattern) => pattern.test(toHex(atr))),
    prepare: ({ values }) => plan.prepare({ ...options.secrets, ...values }, tapOf),
  };
}

/** Hex digits, `.` for any digit, `*` at the end for any rest. */
function atrPattern(text: string): RegExp {
  const digits = text.toLowerCase().replace(/\s+/g, '');
  const open = digits.endsWith('*');
  return new RegExp(`^${open ? digits.slice(0, -1) : `${digits}$`}`);
}

/**
 * The order of execution: as in the job, but PUT KEY behind everything that goes through the channel of these keys, and a
 * new value of the ADM behind everything that it opens.
 */
export function executionOrder(job: Pick<Job, 'steps' | 'keys'>): readonly Step[] {
  const rank = (step: Step): number => {
    if (step.kind === 'rotate-keys') return 1;
    return step.kind === 'pin' && step.reference === job.keys.adm?.reference ? 2 : 0;
  };
  return [...job.steps].sort((left, right) => rank(left) - rank(right));
}

class JobPlan {
  readonly #makers: readonly StepMaker[];
  readonly #pinSteps: readonly { step: PinStep; current: Template; value: Template }[];
  readonly #adm: Template | undefined;
  readonly #pin: Template | undefined;
  readonly #auth: { k: Template; opc: Template } | undefined;
  readonly #current: KeySet | undefined;
  readonly #hasIdentity: boolean;

  constructor(
    private readonly job: Job,
    private readonly options: WorkerOptions,
  ) {
    const { keys, checks, card } = job;
    this.#current = currentKeySet(job, this.#sets);
    this.#hasIdentity = card.identity !== 'none';
    const steps = executionOrder(job);
    this.#makers = steps.map((step) => this.#maker(step));
    this.#pinSteps = steps.flatMap((step) =>
      step.kind === 'pin'
        ? [{ step, current: compileTemplate(step.current), value: compileTemplate(step.value) }]
        : [],
    );
    this.#adm = keys.adm && compileTemplate(keys.adm.value);
    this.#pin = keys.pin && compileTemplate(keys.pin.value);
    const auth = checks.authenticate;
    this.#auth = auth && { k: compileTemplate(auth.k), opc: compileTemplate(auth.opc) };
  }

  get #sets(): NamedKeySets {
    return this.options.keySets ?? new Map();
  }

  #maker(step: Step): StepMaker {
    switch (step.kind) {
      case 'bootstrap': {
        const document = compileDocument(step, this.options.clock);
        return (values, { keysNow }) =>
          new BootstrapWork({
            step,
            document: document.create(values).bytes,
            isOfRecord: document.fields.length > 0,
            files: this.job.card.files,
            looksCloser: !this.#hasIdentity,
            keys: keysNow,
          });
      }
      case 'file': {
        const plan = planFile(step);
        return (values) => new FileWork(plan, values);
      }
      case 'pin':
        return () => new PinWork(step);
      case 'rotate-keys': {
        const current = this.#current;
        // Said by the reader of the job, with its place.
        if (current === undefined) throw new TypeError(`step ${step.name} needs keys.scp03`);
        if (step.next.kind === 'diversified') named(this.#sets, step.next.keySet);
        return (values) =>
          new RotateWork({
            step,
            aid: this.job.keys.scp03?.aid,
            current,
            next: nextKeySet(step, current.mode, values, this.#sets),
            random: this.options.random,
          });
      }
      case 'apdu': {
        const plan = planScript(step);
        return (values) => new ApduWork(plan, values);
      }
    }
  }

  prepare(values: Values, tapOf: (channel: CardChannel) => Tap): RecordWork {
    const { job, options } = this;
    const ringValues = this.#ringValues(values);
    const rings = new KeyRing(ringValues);
    let rotations: RotateWork[] = [];
    const keysNow = async (): Promise<CardKeys> => {
      const adm = job.keys.adm;
      const admValue = adm && ringValues.get(adm.reference)?.current;
      const pinValue = ringValues.get(PIN1)?.current;
      const set = rotations.find(({ live }) => live === 'next')?.nextSet ?? this.#current;
      const through = job.keys.scp03;
      return {
        ...(admValue ? { adm: admValue, admKey: adm.reference } : {}),
        ...(pinValue ? { pin: pinValue } : {}),
        policy: { consentUnknownTries: true },
        ...(through?.through === 'bootstrap' && set
          ? { secureChannel: { keySet: set, level: securityLevel(through.level), random: options.random } }
          : {}),
      };
    };
    const steps = this.#makers.map((make) => make(values, { keysNow }));
    rotations = steps.filter((step): step is RotateWork => step instanceof RotateWork);
    return new RecordWork({
      steps,
      checks: this.#checks(values, [...ringValues.keys()]),
      looksCloser: !this.#hasIdentity,
      tapOf,
      newSession: (tap) => new WorkSession(tap, rings, job.card.mode, job.keys.adm?.reference),
      finished: (session) => {
        for (const { step } of this.#pinSteps) session.ring.setState(step.reference, 'next');
        for (const rotation of rotations) rotation.live = 'next';
      },
      wipe: () => rings.wipe(),
    });
  }

  #ringValues(values: Values): Map<KeyReference, KeyValues> {
    const ring = new Map<KeyReference, KeyValues>();
    const { adm } = this.job.keys;
    if (adm && this.#adm)
      ring.set(adm.reference, { current: keyOctets(this.#adm.render(values), 'keys.adm') });
    if (this.#pin) ring.set(PIN1, { current: keyOctets(this.#pin.render(values), 'keys.pin') });
    for (const { step, current, value } of this.#pinSteps) {
      ring.set(step.reference, {
        current: keyOctets(current.render(values), `step ${step.name}, current`),
        next: keyOctets(value.render(values), `step ${step.name}, value`),
      });
    }
    return ring;
  }

  #checks(values: Values, references: readonly KeyReference[]): PreparedCheck[] {
    const { checks } = this.job;
    const { random } = this.options;
    const out: PreparedCheck[] = [];
    if (checks.authenticate && this.#auth) {
      const { k, opc } = this.#auth;
      const functions = akaFunctions(checks.authenticate.algorithm, k.render(values), opc.render(values));
      out.push({
        name: 'authenticate',
        run: (session) => checkAuthentication(session, functions, random),
      });
    }
    if (checks.pinTries) out.push({ name: 'pin-tries', run: (session) => checkTries(session, references) });
    return out;
  }
}
