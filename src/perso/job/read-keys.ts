/** From the entries `card`, `keys`, `checks`, `stop` and `timing` of a job file to their meaning. */
import type { JobContext } from './context.js';
import { listOf } from './read-records.js';
import type { JobText } from './schema.js';
import type { CardProfile, Checks, JobKeys, StopRules, Timing } from './types.js';

const ADM1 = 0x0a;

export function readCard({ card = {} }: JobText): CardProfile {
  const { mode, identity, simulated, files = {} } = card;
  const { bootstrap, dodf, application, create } = files;
  return {
    mode: mode ?? 'auto',
    atrs: listOf(card.atr).map((atr) => atr.toUpperCase()),
    identity: typeof identity === 'object' ? { file: identity.file.toUpperCase() } : (identity ?? 'cplc'),
    simulated: simulated ?? 'uicc-line',
    files: {
      ...(bootstrap === undefined ? {} : { bootstrap: Number.parseInt(bootstrap, 16) }),
      ...(dodf === undefined ? {} : { dodf: Number.parseInt(dodf, 16) }),
      ...(application === undefined ? {} : { applicationPath: pathOf(application) }),
      ...(create === undefined
        ? {}
        : { create: withoutUndefined(create) as NonNullable<CardProfile['files']['create']> }),
    },
  };
}

function pathOf(text: string): number[] {
  return text.split('/').map((fid) => Number.parseInt(fid, 16));
}

/** Two digits in hexadecimal, or a number below 10, which is the same. */
export function octetOf(given: string | number): number {
  return typeof given === 'number' ? given : Number.parseInt(given, 16);
}

export function readKeys(job: JobText, context: JobContext): JobKeys {
  const { adm, pin, scp03 } = job.keys ?? {};
  const admText = typeof adm === 'string' ? { value: adm } : adm;
  const pinText = typeof pin === 'string' ? { value: pin } : pin;
  if (admText !== undefined) keyTemplate(admText.value, ['keys', 'adm', ...below(adm)], context);
  if (pinText !== undefined) keyTemplate(pinText.value, ['keys', 'pin', ...below(pin)], context);
  return {
    ...(admText === undefined
      ? {}
      : { adm: { value: admText.value, reference: octetOf(admText.reference ?? ADM1) } }),
    ...(pinText === undefined ? {} : { pin: pinText }),
    ...(scp03 === undefined ? {} : { scp03: readScp03(scp03, job) }),
  };
}

/** A text that is a key or PIN: what it is made of is secret unless told otherwise. */
export function keyTemplate(text: string, path: readonly PropertyKey[], context: JobContext): void {
  if (text === '') context.add(path, 'this must not be empty');
  context.template(text, path, { isKey: true });
}

function below(given: unknown): string[] {
  return typeof given === 'string' ? [] : ['value'];
}

function readScp03(
  given: NonNullable<NonNullable<JobText['keys']>['scp03']>,
  { steps }: JobText,
): NonNullable<JobKeys['scp03']> {
  const text = typeof given === 'string' ? { keySet: given } : given;
  const { diversification, keyVersion, level, through, aid } = text;
  const writesBootstrap = steps.some((step) => Object.hasOwn(step, 'bootstrap'));
  return {
    keySet: text.keySet,
    diversification: diversification ?? 'none',
    ...(keyVersion === undefined ? {} : { keyVersion: octetOf(keyVersion) }),
    level: Number.parseInt(String(level ?? '33'), 16),
    through: through ?? (writesBootstrap ? 'bootstrap' : 'keys'),
    ...(aid === undefined ? {} : { aid: aid.toUpperCase() }),
  };
}

export function readChecks({ checks = {} }: JobText, context: JobContext): Checks {
  const { authenticate, pinTries } = checks;
  if (authenticate !== undefined) {
    keyTemplate(authenticate.k, ['checks', 'authenticate', 'k'], context);
    keyTemplate(authenticate.opc, ['checks', 'authenticate', 'opc'], context);
  }
  return {
    ...(authenticate === undefined
      ? {}
      : { authenticate: { ...authenticate, algorithm: authenticate.algorithm ?? 'milenage' } }),
    pinTries: pinTries ?? true,
  };
}

export function readStop({ stop = {} }: JobText): StopRules {
  const { consecutiveFailures, yieldFloor, wrongAtr, keyMismatch, slotFailures } = stop;
  return {
    consecutiveFailures: consecutiveFailures ?? 5,
    yieldFloor: { percent: yieldFloor?.percent ?? 90, after: yieldFloor?.after ?? 50 },
    wrongAtr: wrongAtr ?? 3,
    keyMismatch: keyMismatch ?? 1,
    slotFailures: slotFailures ?? 3,
  };
}

export function readTiming({ timing = {} }: JobText): Timing {
  return { stepTimeoutMs: timing.stepTimeoutMs ?? 30_000, contactRetries: timing.contactRetries ?? 2 };
}

function withoutUndefined(entries: object): object {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
