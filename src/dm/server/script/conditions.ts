/** Conditions of a step on what happened before: structured, never evaluated as code. */
import { isJsonObject, type JsonValue } from '../../../mo/index.js';
import { MARKS, type Mark } from '../../messages.js';
import { sameNode } from '../addresses.js';
import type { Entry } from './read.js';
import type { AlertSeen, ScriptHistory, StepData, StepResult } from './types.js';

/** What a value must be. Numbers are compared as numbers where both sides are. */
export interface ValueTest {
  readonly equals?: JsonValue;
  readonly not?: JsonValue;
  readonly less?: number;
  readonly greater?: number;
  readonly contains?: string;
  readonly oneOf?: readonly JsonValue[];
}

/** Half-open ranges of status codes. */
type StatusTest = readonly (readonly [from: number, below: number])[];

export type Condition =
  | { readonly type: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly type: 'not'; readonly condition: Condition }
  | {
      readonly type: 'step';
      readonly step: string;
      readonly status?: StatusTest;
      readonly value?: { readonly path: readonly string[]; readonly test: ValueTest };
      readonly answer?: ValueTest;
      readonly inDoubt?: boolean;
      readonly skipped?: boolean;
    }
  | {
      readonly type: 'alert';
      readonly alertType: string;
      readonly marks?: readonly Mark[];
      readonly source?: string;
    };

/** Reads a condition; `known` are the steps before this one. */
export function readCondition(entry: Entry, known: ReadonlySet<string>): Condition {
  const members = entry.members();
  const [first] = members.keys();
  if (first === undefined) entry.fail('a condition is required here');
  if (members.has('step')) return readStepCondition(entry, known);
  if (members.has('alert')) return readAlertCondition(entry);
  if (members.size !== 1) entry.fail('step, alert, all, any or not is required here');
  const only = members.get(first)!;
  if (first === 'not') return { type: 'not', condition: readCondition(only, known) };
  if (first !== 'all' && first !== 'any') return only.fail('step, alert, all, any or not is required here');
  return { type: first, conditions: only.list().map((item) => readCondition(item, known)) };
}

function readStepCondition(entry: Entry, known: ReadonlySet<string>): Condition {
  const members = entry.map('step', 'status', 'path', 'value', 'answer', 'in-doubt', 'skipped');
  const named = members.get('step')!;
  const step = String(named.scalar());
  if (!known.has(step)) named.fail('no step before this one has that id');
  if (members.size < 2) entry.fail('status, value, answer, in-doubt or skipped is missing');
  if (members.has('path') && !members.has('value')) members.get('path')!.fail('path needs value');
  const path =
    members
      .get('path')
      ?.text()
      .split('/')
      .filter((name) => name !== '') ?? [];
  const value = members.get('value');
  const status = members.get('status');
  const answer = members.get('answer');
  const inDoubt = members.get('in-doubt')?.flag();
  const skipped = members.get('skipped')?.flag();
  return {
    type: 'step',
    step,
    ...(status === undefined ? {} : { status: readStatus(status) }),
    ...(value === undefined ? {} : { value: { path, test: readValueTest(value) } }),
    ...(answer === undefined ? {} : { answer: readValueTest(answer) }),
    ...(inDoubt === undefined ? {} : { inDoubt }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function readStatus(entry: Entry): StatusTest {
  const items = entry.isList ? entry.list() : [entry];
  return items.map((item) => {
    const value = item.scalar();
    if (typeof value === 'number' && Number.isInteger(value)) return [value, value + 1];
    const digits = typeof value === 'string' ? /^(\d{1,2})xx$/.exec(value)?.[1] : undefined;
    if (digits === undefined) return item.fail('a status such as 200, or 2xx, is required here');
    return [Number(digits) * 100, Number(digits) * 100 + 100];
  });
}

/** `equals` in short where the entry is a single value; a list is one of its values. */
export function readValueTest(entry: Entry): ValueTest {
  if (entry.isList) return { oneOf: entry.list().map((item) => item.scalar()) };
  if (!entry.isMap) return { equals: entry.scalar() };
  const members = entry.map('equals', 'not', 'less', 'greater', 'contains', 'one-of');
  if (members.size === 0) entry.fail('equals, not, less, greater, contains or one-of is missing');
  const [equals, not] = [members.get('equals')?.scalar(), members.get('not')?.scalar()];
  const [less, greater] = [members.get('less')?.number(), members.get('greater')?.number()];
  const contains = members.get('contains')?.text();
  const oneOf = members
    .get('one-of')
    ?.list()
    .map((item) => item.scalar());
  return {
    ...(equals === undefined ? {} : { equals }),
    ...(not === undefined ? {} : { not }),
    ...(less === undefined ? {} : { less }),
    ...(greater === undefined ? {} : { greater }),
    ...(contains === undefined ? {} : { contains }),
    ...(oneOf === undefined ? {} : { oneOf }),
  };
}

function readAlertCondition(entry: Entry): Condition {
  const members = entry.map('alert', 'mark', 'source');
  const mark = members.get('mark');
  const marks =
    mark === undefined ? undefined : (mark.isList ? mark.list() : [mark]).map((item) => item.word(MARKS));
  const source = members.get('source')?.text();
  return {
    type: 'alert',
    alertType: members.get('alert')!.text(),
    ...(marks === undefined ? {} : { marks }),
    ...(source === undefined ? {} : { source }),
  };
}

/** The steps that a condition looks at. */
export function stepsOf(condition: Condition): readonly string[] {
  if (condition.type === 'step') return [condition.step];
  if (condition.type === 'not') return stepsOf(condition.condition);
  return condition.type === 'alert' ? [] : condition.conditions.flatMap(stepsOf);
}

/** Whether a condition holds. A step that was skipped has no results: only `skipped` speaks of it. */
export function holds(condition: Condition, history: ScriptHistory): boolean {
  switch (condition.type) {
    case 'all':
      return condition.conditions.every((each) => holds(each, history));
    case 'any':
      return condition.conditions.some((each) => holds(each, history));
    case 'not':
      return !holds(condition.condition, history);
    case 'alert':
      return history.alerts.some((alert) => fitsAlert(condition, alert));
    case 'step':
      return fitsStep(
        condition,
        history.results.filter(({ id }) => id === condition.step),
      );
  }
}

type StepCondition = Extract<Condition, { type: 'step' }>;

function fitsStep(condition: StepCondition, results: readonly StepResult[]): boolean {
  const { status, value, answer, inDoubt, skipped } = condition;
  if (skipped !== undefined && skipped !== (results.length === 0)) return false;
  if (inDoubt !== undefined && inDoubt !== results.some(({ outcome }) => outcome === 'in-doubt'))
    return false;
  if (status !== undefined && !results.some((result) => fitsStatus(status, result.status))) return false;
  if (answer !== undefined && !results.some((result) => fitsAnswer(answer, result))) return false;
  if (value === undefined) return true;
  const values = results.flatMap(({ data }) => data.flatMap((each) => valuesAt(each, value.path)));
  return values.some((each) => fitsValue(value.test, each));
}

function fitsStatus(test: StatusTest, status: number | undefined): boolean {
  return status !== undefined && test.some(([from, below]) => status >= from && status < below);
}

function fitsAnswer(test: ValueTest, { answer }: StepResult): boolean {
  if (answer === undefined) return false;
  return (typeof answer === 'object' ? answer : [answer]).some((each) => fitsValue(test, each));
}

/** The leaves at a path below the node that was read; without a path all leaves below it. */
function valuesAt(data: StepData, path: readonly string[]): JsonValue[] {
  if ('text' in data) return path.length === 0 ? [data.text] : [];
  return Object.values(data.moData).flatMap((node) => leavesAt(node, path));
}

function leavesAt(node: JsonValue, path: readonly string[]): JsonValue[] {
  const [name, ...rest] = path;
  if (name === undefined)
    return isJsonObject(node) ? Object.values(node).flatMap((child) => leavesAt(child, [])) : [node];
  if (!isJsonObject(node)) return [];
  if (name === '*') return Object.values(node).flatMap((child) => leavesAt(child, rest));
  return Object.hasOwn(node, name) ? leavesAt(node[name]!, rest) : [];
}

/** The leaves of a step's data with the address of the node that was read. */
export function leavesOf(results: readonly StepResult[]): { readonly uri: string; readonly value: string }[] {
  return results.flatMap(({ data }) =>
    data.flatMap((each) => {
      const uri = 'clientUri' in each ? each.clientUri : '';
      return valuesAt(each, []).map((value) => ({ uri, value: String(value ?? '') }));
    }),
  );
}

/** Whether a value passes every part of a test. */
export function fitsValue(test: ValueTest, value: JsonValue): boolean {
  const { equals, not, less, greater, contains, oneOf } = test;
  const number = typeof value === 'number' ? value : Number(String(value ?? ''));
  return (
    (equals === undefined || isSame(equals, value)) &&
    (not === undefined || !isSame(not, value)) &&
    (less === undefined || number < less) &&
    (greater === undefined || number > greater) &&
    (contains === undefined || String(value).includes(contains)) &&
    (oneOf === undefined || oneOf.some((each) => isSame(each, value)))
  );
}

/** Devices and YAML write the same leaf as 1 or "1", true or "true". */
function isSame(wanted: JsonValue, given: JsonValue): boolean {
  return wanted === given || String(wanted) === String(given);
}

function fitsAlert(condition: Extract<Condition, { type: 'alert' }>, alert: AlertSeen): boolean {
  const { alertType, marks, source } = condition;
  return (
    alert.alertType === alertType &&
    (marks === undefined || marks.includes(alert.mark)) &&
    (source === undefined || (alert.sourceUri !== undefined && sameNode(source, alert.sourceUri)))
  );
}
