import { readFileSync } from 'node:fs';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { DACMO, readDdf, SESSIONINFO, writeDdf } from '../../src/mo/index.js';
import { fuzz } from '../support/fuzz.js';

test('100,000 damaged DDF files: definitions or a typed error', () => {
  const small = (text: string) => encodeUtf8(text.replace(/\n\s*/g, ''));
  const node = '<Node><NodeName/><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>';
  const seeds = [
    small(
      `<MgmtTree><VerDTD>1.2</VerDTD>${node}<DFType><DDFName>urn:a</DDFName></DFType></DFProperties></Node></MgmtTree>`,
    ),
    small(writeDdf([SESSIONINFO], { version: '1.2' })),
    small('<!DOCTYPE MgmtTree SYSTEM "x" [<?a?><!-- b -->]><MgmtTree a="&lt;&#65;"><![CDATA[x]]></MgmtTree>'),
  ];
  const { accepted, refused } = fuzz((bytes) => readDdf(bytes), seeds);
  expect(accepted).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(50_000);
});

test('2,000 damaged larger files', () => {
  const seeds = [
    encodeUtf8(writeDdf([DACMO])),
    readFileSync('tests/mo-ddf/fixtures/thermostat-1.2.xml'),
    readFileSync('tests/mo-ddf/fixtures/by-path-1.3.xml'),
  ];
  const { accepted, refused } = fuzz((bytes) => readDdf(bytes), seeds, 2000);
  expect(accepted + refused).toBe(2000);
});
