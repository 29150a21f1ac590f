/** Documents of many records from one description: the same octets as `createBootstrap` gives for each. */
import fc from 'fast-check';
import { createBootstrap } from '../../src/bootstrap/index.js';
import { decodeUtf8, encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { compileDocument } from '../../src/perso/index.js';

const clock = { now: () => new Date('2026-01-01T00:00:00Z') };
const description = {
  accounts: [
    {
      srvId: 'dm.example.com',
      srvUri: 'https://dm.example.com/dm?imsi=${imsi}',
      name: 'Line ${iccid}',
      bootstrap: {
        serverUri: 'https://dm.example.com/bootstrap',
        psk: { identity: '${imsi}@example', key: { hex: '${psk}' } },
      },
      ext: { note: '${note}', plain: '$${x}' },
    },
  ],
};
const step = { kind: 'bootstrap', name: 'b', description } as const;

function direct(values: Record<'imsi' | 'iccid' | 'psk' | 'note', string>): string {
  const { bytes } = createBootstrap(
    {
      accounts: [
        {
          srvId: 'dm.example.com',
          srvUri: `https://dm.example.com/dm?imsi=${values.imsi}`,
          name: `Line ${values.iccid}`,
          bootstrap: {
            serverUri: 'https://dm.example.com/bootstrap',
            psk: { identity: `${values.imsi}@example`, key: fromHex(values.psk) },
          },
          ext: { note: values.note, plain: '${x}' },
        },
      ],
    },
    { clock },
  );
  return decodeUtf8(bytes);
}

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const record = fc.record({
  imsi: digits(15),
  iccid: digits(19),
  psk: fc.uint8Array({ minLength: 16, maxLength: 32 }).map((key) => Buffer.from(key).toString('hex')),
  note: fc.string({ unit: 'grapheme', maxLength: 12 }),
});

test('a compiled description gives what createBootstrap gives, and its size by arithmetic', () => {
  const document = compileDocument(step, clock);
  expect([...document.fields].sort()).toEqual(['iccid', 'imsi', 'note', 'psk']);
  fc.assert(
    fc.property(record, (values) => {
      const bytes = document.render(values);
      expect(decodeUtf8(bytes)).toBe(direct(values));
      expect(document.size(values)).toBe(bytes.length);
      expect(document.create(values).bytes).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});

test('a description without fields is one document', () => {
  const account = { srvId: 'a', srvUri: 'https://a.example/dm', name: 'A' };
  const document = compileDocument(
    { kind: 'bootstrap', name: 'b', description: { accounts: [account] } },
    clock,
  );
  const { bytes } = createBootstrap({ accounts: [account] }, { clock });
  expect(document.render({})).toEqual(bytes);
  expect(document.size({})).toBe(bytes.length);
});

test('where a field takes digits alone, digits mark its place', () => {
  const account = { srvId: 'a', srvUri: 'https://a.example:${port}/dm', name: 'A' };
  const document = compileDocument(
    { kind: 'bootstrap', name: 'b', description: { accounts: [account] } },
    clock,
  );
  const { bytes } = createBootstrap(
    { accounts: [{ ...account, srvUri: 'https://a.example:8443/dm' }] },
    { clock },
  );
  expect(document.render({ port: '8443' })).toEqual(bytes);
});

test('a secret that is not hexadecimal, and a field without a value, are told with their place', () => {
  const document = compileDocument(step, clock);
  const values = { imsi: '001010123456789', iccid: '1', psk: 'nonsense', note: '' };
  expect(() => document.render(values)).toThrow(/accounts\[0\]\.bootstrap\.psk\.key/);
  expect(() => document.size(values)).toThrow(/accounts\[0\]\.bootstrap\.psk\.key/);
  expect(() => document.render({ ...values, psk: '00' }).length && document.render({})).toThrow(/imsi/);
});

test('secrets of files are read as the description says', () => {
  const account = {
    srvId: 'a',
    srvUri: 'https://a.example/dm',
    name: '${name}',
    noti: { secret: { from: '@n.txt', as: 'text' }, data: '@d.hex' },
  };
  const files = { 'n.txt': encodeUtf8('secret\n'), 'd.hex': encodeUtf8('0102\n') };
  const document = compileDocument(
    { kind: 'bootstrap', name: 'b', description: { accounts: [account] }, files },
    clock,
  );
  const { bytes } = createBootstrap(
    {
      accounts: [
        {
          srvId: 'a',
          srvUri: 'https://a.example/dm',
          name: 'N',
          noti: { secret: encodeUtf8('secret'), data: fromHex('0102') },
        },
      ],
    },
    { clock },
  );
  expect(document.render({ name: 'N' })).toEqual(bytes);
});
