/** The updates that one directory file needs, collected while its content is followed along. */
import type { FileLocation } from '../../card/index.js';
import type { FileUpdate } from './content.js';
import { appendEntry, applyUpdates, type EntrySpan, removeEntry, replaceEntry } from './entries.js';
import type { PlannedUpdate } from './plan-types.js';

export class DirectoryEditor {
  private readonly done: FileUpdate[] = [];
  private content: Uint8Array;
  private end: number;

  constructor(
    private readonly view: {
      readonly file: string;
      readonly location: FileLocation;
      readonly content: Uint8Array;
      readonly end: number;
    },
    private readonly maxUpdate: number,
  ) {
    this.content = view.content;
    this.end = view.end;
  }

  /** @throws CardError `CARD_DIRECTORY_FULL` */
  append(der: Uint8Array): void {
    this.apply(appendEntry(this.now, der, this.maxUpdate), this.end + der.length);
  }

  /** @throws CardError `CARD_DIRECTORY_FULL`, `CARD_DIRECTORY_ENTRY_FIXED` */
  replace(span: EntrySpan, der: Uint8Array): void {
    this.apply(replaceEntry(this.now, span, der, this.maxUpdate), this.end - span.length + der.length);
  }

  /** @returns false where other entries follow, so that the entry has to stay */
  remove(span: EntrySpan): boolean {
    const updates = removeEntry(this.now, span, this.maxUpdate);
    if (!updates) return false;
    this.apply(updates, span.offset);
    return true;
  }

  /** Whether no entry is left. */
  get isEmpty(): boolean {
    return this.end === 0;
  }

  get updates(): PlannedUpdate[] {
    const { file, location } = this.view;
    return this.done.map((update) => ({ ...update, file, location, secret: false }));
  }

  private get now() {
    return { file: this.view.file, content: this.content, end: this.end };
  }

  private apply(updates: readonly FileUpdate[], end: number): void {
    this.done.push(...updates);
    this.content = applyUpdates(this.content, updates);
    this.end = end;
  }
}
