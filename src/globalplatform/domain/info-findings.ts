/** What an engineer should know of a security domain before any key is tried on it. */
import { hex8 } from '../../bytes/index.js';
import type { DomainFinding, DomainInfo } from './info-types.js';
import type { KeyInformation } from './key-information.js';

/** Judges what was read. Without SCP03 there is nothing that keys of this program could open. */
export function domainFindings(info: Omit<DomainInfo, 'findings'>): DomainFinding[] {
  return [...recognitionFindings(info), ...keySetFindings(info.keys ?? []), ...handshakeFindings(info)];
}

function recognitionFindings({ recognition }: Omit<DomainInfo, 'findings'>): DomainFinding[] {
  if (recognition === undefined) return [];
  const where = 'Card Recognition Data';
  const scp03 = recognition.protocols.filter(({ protocol }) => protocol === 3);
  if (scp03.length === 0) {
    const others =
      recognition.protocols.map(({ protocol }) => `SCP${hex8(protocol)}`).join(', ') || 'nothing';
    return [warning('no-scp03', where, `the card offers ${others}, not SCP03`)];
  }
  const modes = new Set(scp03.map(({ i }) => (i & 0x01 ? 'S16' : 'S8')));
  if (modes.size === 1) return [];
  return [note('both-modes', where, 'the card offers S8 and S16: the key version decides')];
}

/** Table 11-28: one entry a key; SCP03 needs identifiers 01, 02, 03 of one length (Amendment D §6.1). */
function keySetFindings(keys: readonly KeyInformation[]): DomainFinding[] {
  const where = 'key information template';
  const versions = [...new Set(keys.map(({ version }) => version))];
  return versions.flatMap((version) => {
    const set = keys.filter((key) => key.version === version);
    const aes = set.filter(({ components }) => components[0] && (components[0].type & 0xff) === 0x88);
    if (aes.length === 0) return [];
    const found: DomainFinding[] = [];
    const missing = [1, 2, 3].filter((id) => !aes.some((key) => key.id === id));
    if (missing.length > 0) {
      found.push(
        warning('incomplete', where, `key set ${hex8(version)} has no key ${missing.map(hex8).join(', ')}`),
      );
    }
    if (new Set(aes.map(({ components }) => components[0]!.length)).size > 1) {
      found.push(warning('lengths', where, `the keys of set ${hex8(version)} differ in length`));
    }
    if (version === 0xff) {
      found.push(
        note(
          'initial-keys',
          where,
          'version FF: the initial keys of the maker, given up with the first PUT KEY',
        ),
      );
    }
    return found;
  });
}

function handshakeFindings({ handshake, recognition }: Omit<DomainInfo, 'findings'>): DomainFinding[] {
  if (handshake === undefined) return [];
  const where = 'INITIALIZE UPDATE';
  const found: DomainFinding[] = [];
  const { i, keyVersion, testKeys, diversificationData } = handshake;
  for (const name of testKeys) {
    found.push(
      warning(
        'test-keys',
        where,
        `Key-MAC of key set ${hex8(keyVersion)} is ${name}: everybody can open this card`,
      ),
    );
  }
  const announced = (recognition?.protocols ?? []).filter(({ protocol }) => protocol === 3);
  if (announced.length > 0 && !announced.some((option) => option.i === i.raw)) {
    const told = announced.map((option) => hex8(option.i)).join(', ');
    found.push({
      severity: 'error',
      code: 'i-differs',
      where,
      message: `i is ${hex8(i.raw)} here and ${told} in Card Recognition Data: one of them is not true`,
    });
  }
  if (i.reserved) found.push(warning('reserved', where, `reserved bits are set in i ${hex8(i.raw)}`));
  if (!i.responseEncryption) {
    found.push(
      warning(
        'no-level-33',
        where,
        `i ${hex8(i.raw)}: level 33, which DM 2.0 Appendix H asks for, is not offered`,
      ),
    );
  }
  if (diversificationData.every((octet) => octet === diversificationData[0])) {
    found.push(
      note(
        'no-diversification',
        where,
        `key diversification data are ten times ${hex8(diversificationData[0]!)}, so they tell no card from another`,
      ),
    );
  }
  return found;
}

function warning(code: string, where: string, message: string): DomainFinding {
  return { severity: 'warning', code, where, message };
}

function note(code: string, where: string, message: string): DomainFinding {
  return { severity: 'info', code, where, message };
}
