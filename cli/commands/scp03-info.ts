/** `simboot scp03 info`: what a card's security domain tells without keys, and its registry with them. */
import type { Command } from 'commander';
import { ApduProcessor, type CardChannel } from '../../src/apdu/index.js';
import { fromHex } from '../../src/bytes/index.js';
import {
  type DomainInfo,
  type DomainRegistry,
  type HandshakeOptions,
  readDomainInfo,
  readDomainRegistry,
  Scp03Handshake,
  selectSecurityDomain,
} from '../../src/globalplatform/index.js';
import { onChannels } from '../card/open.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { keyVersion } from '../keyStores.js';
import { domainJson, domainText, type OpenedDomain } from '../render/security-domain.js';

interface Options extends SecureOptions {
  readonly aid?: string;
  readonly kvn?: number;
  readonly passive?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('info')
    .description(
      'what a security domain tells: protocols, key versions, life cycle data; with keys, its registry',
    )
    .option('--aid <hex>', 'security domain (default: the issuer security domain)')
    .option('--kvn <hex>', 'key version to ask for (default: 00, the card chooses)', keyVersion)
    .option('--passive', 'without INITIALIZE UPDATE, which is no try but moves a sequence counter');
  addSecureOptions(command).action((options: Options) =>
    withSecureChannel(cli, options, {}, (keysOn) =>
      onChannels(cli, async (channel) => {
        const info = await readDomainInfo(channel, {
          random: cli.random,
          passive: options.passive ?? false,
          ...(options.aid === undefined ? {} : { aid: fromHex(options.aid) }),
          ...(options.kvn === undefined ? {} : { keyVersion: options.kvn }),
        });
        const keys = keysOn(channel).secureChannel;
        const opened = keys === undefined ? undefined : await openDomain(channel, info, keys);
        return {
          document: domainJson(channel.reader, info, opened),
          text: () => domainText(info, opened, cli.colours),
        };
      }),
    ),
  );
  examples(command, [
    ['simboot scp03 info', 'an unknown card: protocols, key versions, whether it has test keys'],
    ['simboot scp03 info --store keys.json --scp03 issuer', 'its applications and load files, too'],
  ]);
}

/** The highest level that the card offers, since what GET STATUS lists is nobody else's business. */
async function openDomain(
  channel: CardChannel,
  info: DomainInfo,
  options: HandshakeOptions,
): Promise<OpenedDomain> {
  const processor = new ApduProcessor(channel);
  const { aid } = await selectSecurityDomain(processor, { aid: info.aid });
  const i = info.handshake?.i;
  const level = i === undefined || i.responseEncryption ? 0x33 : i.responseMac ? 0x13 : 0x03;
  const session = await new Scp03Handshake(processor, { level, ...options, selectedAid: aid }).complete();
  try {
    const registry: DomainRegistry = await readDomainRegistry(session);
    return { level: session.level, keyVersion: session.keyVersion, warnings: session.warnings, registry };
  } finally {
    session.close();
  }
}
