/** The tree of known files: SELECT alone is sent, and what is below an absent directory is not asked for. */

import { type FileNode, listFiles, openCard } from '../../src/card/index.js';
import { ReaderError } from '../../src/errors/index.js';
import { emulated } from './emulated.js';
import { PKCS15, uicc } from './support.js';

const outline = (nodes: readonly FileNode[]): unknown[] =>
  nodes.map(({ name, children }) => (children.length > 0 ? [name, outline(children)] : name));

const UNDER_MF = [
  'MF (3F00)',
  [
    'EF(DIR) 2F00',
    'EF(PL) 2F05',
    'EF(ARR) 2F06',
    'EF(ICCID) 2FE2',
    ['DF(TELECOM) 7F10', ['EF(ADN) 6F3A']],
    ['DF(GSM) 7F20', ['EF(IMSI) 6F07', 'EF(SST) 6F38', 'EF(AD) 6FAD']],
    ['DF(PKCS#15) 7F50', ['EF(ODF) 5031', 'EF(TokenInfo) 5032']],
  ],
];

test('a SIM', async () => {
  const { channel, sent } = await emulated('sim');
  const card = await openCard(channel);
  expect(outline(await listFiles(card, [PKCS15]))).toEqual([UNDER_MF]);
  expect(new Set(sent().map((command) => command.slice(2, 4)))).toEqual(new Set(['a4', 'c0']));
});

test('a UICC, with the files of its application', async () => {
  const { channel, sent } = await emulated('uicc');
  const tree = await listFiles(await openCard(channel), [PKCS15]);
  const found = JSON.stringify(outline(tree));
  expect(found).toContain('["application A000000063504B43532D3135",["EF(ODF) 5031","EF(TokenInfo) 5032"]]');
  expect(found).toContain('"EF(ARR) 2F06"');
  expect(sent().every((command) => command.slice(2, 4) === 'a4')).toBe(true);
});

test('a file that may not be selected is listed with the refusal', async () => {
  const others = ['2F05', '2F06', '2F08', '2FE2', '7F10', '7F20', '7F21', '7F25', '7F50'];
  await uicc(
    [
      ['00A40004 02 3F00 00', '620D 82027821 83023F00 8A0105 C600 9000'],
      ['00A40004 02 2F00 00', '6985'],
      ...others.map((fid) => [`00A40804 02 ${fid} 00`, '6A82'] as const),
    ],
    async (card) => {
      const [mf] = await listFiles(card);
      expect(mf!.children).toHaveLength(1);
      expect(mf!.children[0]).toMatchObject({
        name: 'EF(DIR) 2F00',
        refusal: expect.stringMatching(/6985/),
      });
      expect(mf!.children[0]!.info).toBeUndefined();
    },
  );
});

test('a card that is gone ends it', async () => {
  const { channel } = await emulated('uicc');
  const card = await openCard(channel);
  const gone = new ReaderError('READER_EMPTY', 'gone');
  channel.transmit = () => Promise.reject(gone);
  await expect(listFiles(card)).rejects.toBe(gone);
});
