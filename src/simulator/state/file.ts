/** A card's state in a JSON file: read once, written by replacing the file, so that it is always a whole state. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../../errors/index.js';
import type { CardImage, FileImage } from './image.js';

const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const count = z.number().int().min(0);
const fileImage: z.ZodType<FileImage> = z.lazy(() =>
  z.object({
    fid: count.optional(),
    name: z.string().optional(),
    state: z.enum(['creation', 'initialisation', 'activated', 'deactivated', 'terminated']),
    security: z.tuple([z.number(), hex]),
    ef: z
      .object({
        structure: z.enum(['transparent', 'linear', 'cyclic']),
        content: hex,
        recordLength: count,
        sfi: count.optional(),
      })
      .optional(),
    df: z
      .object({
        aid: hex.optional(),
        pins: z.array(count),
        totalSize: count.optional(),
        children: z.array(fileImage),
      })
      .optional(),
  }),
);
const IMAGE: z.ZodType<CardImage> = z.object({
  profile: z.string(),
  freeMemory: count,
  pins: z.array(
    z.object({
      name: z.string(),
      value: hex.length(16),
      enabled: z.boolean(),
      replaced: z.boolean(),
      tries: count,
      unblockTries: count,
    }),
  ),
  root: fileImage,
  securityDomain: z
    .object({
      keys: z.array(z.object({ version: count, identifier: count, value: hex })),
      counters: z.array(z.object({ version: count, sequence: count, failures: count })),
      data: z.array(z.tuple([count, hex])),
    })
    .optional(),
  subscription: z
    .object({
      seq: z.array(z.tuple([count, z.string().regex(/^\d+$/)])),
      gba: z.object({ ks: hex, rand: hex }).optional(),
    })
    .optional(),
});

export class StateFile {
  private latest: string | undefined;

  constructor(
    private readonly path: string,
    private readonly profile: string,
  ) {}

  /**
   * The kept state; undefined where there is no file yet.
   *
   * @throws UsageError `USAGE_SIMULATOR_STATE` for a damaged file or one of another profile
   */
  read(): CardImage | undefined {
    if (!existsSync(this.path)) return undefined;
    const image = this.parse();
    if (image.profile !== this.profile) {
      throw new UsageError(
        'USAGE_SIMULATOR_STATE',
        `${this.path} holds a card of profile ${image.profile}, not ${this.profile}`,
        { details: { path: this.path, profile: image.profile } },
      );
    }
    return image;
  }

  write(image: CardImage): void {
    const json = JSON.stringify(image);
    if (json === this.latest) return;
    const fresh = `${this.path}.new`;
    try {
      writeFileSync(fresh, json);
      renameSync(fresh, this.path);
    } catch (cause) {
      throw new UsageError('USAGE_SIMULATOR_STATE', `${this.path} cannot be written`, {
        cause,
        details: { path: this.path },
      });
    }
    this.latest = json;
  }

  private parse(): CardImage {
    try {
      return IMAGE.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch (cause) {
      throw new UsageError('USAGE_SIMULATOR_STATE', `${this.path} is not the state of a simulated card`, {
        cause,
        details: { path: this.path },
      });
    }
  }
}
