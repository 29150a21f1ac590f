/** A SIM, or a UICC in 2G mode (TS 51.011; DM 2.0 G.2). An R-UIM is treated as a SIM (DM 2.0 appendix G). */
import { CLA_2G, type CommandProcessor } from '../apdu/index.js';
import { CardError } from '../errors/index.js';
import type { Card, FileLocation, FileSpec, KeyReference, PinStatus } from './card.js';
import { FileCard } from './file-card.js';
import { Navigator2g } from './navigator-2g.js';
import { describeLocation } from './path.js';
import { AccessRules } from './rules.js';

/** CHV1 and CHV2 have their tries in every directory's answer; other keys have them nowhere. */
const CHVS: readonly KeyReference[] = [0x01, 0x02];

export class SimCard extends FileCard<Navigator2g> {
  readonly mode = '2g';
  private readonly verified = new Set<KeyReference>();

  constructor(processor: CommandProcessor) {
    const wire = { processor, cla: CLA_2G, maxRead: 256, maxUpdate: 255 };
    const navigator = new Navigator2g(wire);
    super({ wire, navigator, rules: new AccessRules(wire, navigator, { rules: new Map() }) });
  }

  /** TS 51.011 has no query: the tries are in the answer to SELECT of the current directory. */
  async pinStatus(key: KeyReference): Promise<PinStatus> {
    this.checkOpen();
    if (!CHVS.includes(key)) return { key, state: this.verified.has(key) ? 'verified' : 'unknown' };
    const directory = await this.navigator.directoryNow();
    const chv = directory.pins.find((pin) => pin.key === key);
    if (!chv) return { key, state: 'unknown' };
    const tries = chv.tries === undefined ? {} : { tries: chv.tries };
    if (!chv.enabled || chv.initialised === false) return { key, state: 'disabled', ...tries };
    if (chv.tries === 0) return { key, state: 'blocked', tries: 0 };
    return { key, state: this.verified.has(key) ? 'verified' : 'needed', ...tries };
  }

  protected override presented(key: KeyReference): void {
    this.verified.add(key);
  }

  async createFile(parent: FileLocation, _file: FileSpec): Promise<void> {
    throw notIn2g('CREATE FILE', parent);
  }

  async resizeFile(location: FileLocation, _size: number): Promise<void> {
    throw notIn2g('RESIZE FILE', location);
  }

  async deleteFile(location: FileLocation): Promise<void> {
    throw notIn2g('DELETE FILE', location);
  }

  secured(): Card {
    throw new CardError('CARD_MODE', '2G mode has no secure channel', {
      next: 'Use --mode 3g on a UICC.',
    });
  }

  async openLogicalChannel(): Promise<Card> {
    throw new CardError('CARD_MODE', '2G mode has no logical channels');
  }
}

function notIn2g(command: string, location: FileLocation): CardError {
  return new CardError('CARD_MODE', `${command} ${describeLocation(location)}: 2G mode has no such command`, {
    next: 'Use --mode 3g on a UICC; on a SIM the files come with the card’s own tools.',
  });
}
