/** The judge of campaigns judged: a card personalized by hand passes, and each single lie is found. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { type FarmCardDump, FarmReaderService, serveFarm } from '../../src/readers/index.js';
import { fileOf, judge, type OrderedRecord, type Story } from '../support/line/judge.js';

const RECORD: OrderedRecord = {
  number: 1,
  iccid: '8988211000000001001',
  imsi: '001010000000003',
  ki: '465b5ce8b199b49faa5f0a2ee238a6bc',
  opc: 'cd63cb71954a9f4e48a5994e37a02baf',
  adm1: '87654321',
  puk1: '13572468',
};
const PIN1 = '2468';
const PSK = '11'.repeat(32);
const DODF = '3020300e0c0c444d20426f6f74737472617030060604672b0701a106300404026431';
const base64 = (octets: Uint8Array | string) => Buffer.from(octets).toString('base64');
const DOCUMENT = JSON.stringify([
  {
    ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2//',
    MOData: {
      a: {
        SrvID: 'dm.example.com',
        SrvURI: 'https://dm.example.com/dm',
        Name: 'Campaign',
        Perm: { '1': { MOID: '*' } },
        Auth: {
          Bootstrap: {
            ServerURI: 'https://bootstrap.example.com',
            SecMode: 'AA==',
            ClientPubKey: base64(RECORD.iccid),
            ServerPubKey: base64(RECORD.iccid),
            ClientSecretKey: base64(fromHex(PSK)),
          },
        },
      },
    },
  },
]);
const text = (digits: string) => Buffer.from(digits, 'latin1').toString('hex');

/** Everything that a card of the campaign gets, command by command. */
function commands(): string[] {
  const document = Buffer.from(DOCUMENT).toString('hex');
  const chunks = document.match(/.{1,400}/g)!;
  const write = (fid: string, content: string) => [`00a4000c02${fid}`, update(0, content)];
  return [
    '0020000a083132333435363738',
    ...write('2fe2', '988812010000001000f1'),
    '00a4080c047f506420',
    update(0, DODF),
    '00a4080c047f506431',
    ...chunks.map((chunk, index) => update(index * 200, chunk)),
    '00a4040c10a0000000871002ff49ff018900000100',
    ...write('6f07', '080910100000000030'),
    ...write('6f78', '0008'),
    ...write('6f46', `00${text('Campaign')}${'ff'.repeat(8)}`),
    ...write('6f62', '00f1104000ffffff0000ffffff0000ffffff0000'),
    '00a4000c026f42',
    `00dc010428${'ff'.repeat(12)}fd${'ff'.repeat(12)}0791882801000000${'ff'.repeat(7)}`,
    ...write('a001', RECORD.ki + RECORD.opc),
    `0024000e10${text('00000000')}${text(RECORD.puk1)}`,
    '002800010830303030ffffffff',
    `0024000110${text('0000')}ffffffff${text(PIN1)}ffffffff`,
    `0024000a10${text('12345678')}${text(RECORD.adm1)}`,
  ];
}

function update(offset: number, content: string): string {
  return `00d6${offset.toString(16).padStart(4, '0')}${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
}

function journalOf(card: string): string {
  const lines: string[] = [];
  let previous = '0'.repeat(64);
  for (const type of ['record.reserved', 'record.writing', 'record.verified', 'record.released']) {
    const event = { batchId: 'b', cardId: card, record: 1, slot: 'Farm 01', type };
    const rest = JSON.stringify({
      at: 1000 + lines.length,
      event,
      previous,
      seq: lines.length + 1,
      station: 's',
    }).slice(1);
    previous = createHash('sha256').update(`{${rest}`).digest('hex');
    lines.push(`{"hash":"${previous}",${rest}`);
  }
  return `${lines.join('\n')}\n`;
}

let story: Story;

beforeAll(async () => {
  const socket = join(mkdtempSync(join(tmpdir(), 'simboot-judge-')), 'farm.sock');
  const farm = await serveFarm({ socket, slots: 1, cards: 2, speed: 0 });
  const readers = new FarmReaderService(farm.address);
  await readers.move('Farm 01', 'get');
  const channel = await readers.connect('Farm 01');
  for (const command of commands()) {
    const answer = toHex(await channel.transmit(fromHex(command)));
    if (answer !== '9000') throw new Error(`${command.slice(0, 20)}: ${answer}`);
  }
  await channel.close();
  await readers.move('Farm 01', 'good');
  const cards: FarmCardDump[] = [];
  for await (const card of readers.dump()) cards.push(card);
  await readers.close();
  await farm.close();
  const card = cards[0]!.cplc;
  const outputs = [{ iccid: RECORD.iccid, pin1: PIN1, psk: PSK, card }];
  story = { records: [RECORD], outputs, cards, journals: [journalOf(card)] };
});

test('a card that was personalized by hand passes', async () => {
  expect(await judge(story)).toEqual({
    problems: [],
    records: { good: 1, failed: 0, open: 0 },
    cards: { stack: 1, slot: 0, out: 0, good: 1, bad: 0, returned: 0 },
    journalEntries: 4,
    unfinished: [],
    compared: 1,
  });
});

/** The story with one octet of a file changed. */
function withOctet(path: readonly (string | number)[]): Story {
  const cards = structuredClone(story.cards) as FarmCardDump[];
  const content = fileOf(cards[0]!.image, path)!;
  const changed = (Number.parseInt(content[0]!, 16) ^ 1).toString(16) + content.slice(1);
  const text = JSON.stringify(cards[0]!.image).replace(`"content":"${content}"`, `"content":"${changed}"`);
  return { ...story, cards: [{ ...cards[0]!, image: JSON.parse(text) }, cards[1]!] };
}

test.each([
  ['IMSI', ['ADF_USIM', 0x6f07]],
  ['ACC', ['ADF_USIM', 0x6f78]],
  ['HPLMNwAcT', ['ADF_USIM', 0x6f62]],
  ['K and OPc', ['ADF_USIM', 0xa001]],
  ['DM_Bootstrap', [0x7f50, 0x6431]],
] as const)('one wrong octet of %s is found', async (name, path) => {
  const { problems } = await judge(withOctet(path));
  expect(problems.join('\n')).toContain(name);
});

test.each<[string, (told: Story) => Story, string]>([
  [
    'a PIN that is not the one of the output',
    (s) => ({ ...s, outputs: [{ ...s.outputs[0]!, pin1: '0000' }] }),
    'PIN1',
  ],
  [
    'a key that was drawn again',
    (s) => ({ ...s, outputs: [{ ...s.outputs[0]!, psk: '22'.repeat(32) }] }),
    'account',
  ],
  [
    'an output for another card',
    (s) => ({ ...s, outputs: [{ ...s.outputs[0]!, card: s.cards[1]!.cplc }] }),
    'another card',
  ],
  ['a record without its output', (s) => ({ ...s, outputs: [] }), 'in no output'],
  [
    'a card in another bin',
    (s) => ({ ...s, cards: [{ ...s.cards[0]!, place: 'bad' }, s.cards[1]!] }),
    'in bad',
  ],
  [
    'a record on two cards',
    (s) => ({ ...s, cards: [s.cards[0]!, { ...s.cards[0]!, number: 2 }] }),
    'on the cards 1 and 2',
  ],
  [
    'a PIN that was set to two values',
    (s) => ({ ...s, cards: [{ ...s.cards[0]!, newPins: { '01': 2 } }, s.cards[1]!] }),
    'different values',
  ],
  [
    'a journal without its last entry',
    (s) => ({ ...s, journals: [s.journals[0]!.split('\n').slice(0, 3).join('\n')] }),
    'is verified',
  ],
  [
    'a journal with a changed entry',
    (s) => ({ ...s, journals: [s.journals[0]!.replace('1001', '1002')] }),
    'wrong hash',
  ],
  [
    'a journal with an entry left out',
    (s) => ({
      ...s,
      journals: [
        s.journals[0]!.split('\n')
          .filter((_, at) => at !== 1)
          .join('\n'),
      ],
    }),
    'does not follow',
  ],
])('%s is found', async (_what, lie, found) => {
  const { problems } = await judge(lie(story));
  expect(problems.join('\n')).toContain(found);
});
