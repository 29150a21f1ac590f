import { readdirSync, readFileSync } from 'node:fs';
import { MO_DEFINITIONS, readDdf, writeDdf } from '../../src/mo/index.js';

// `npm run docs` writes them.
describe('the DDF files of docs/ddf', () => {
  test.each(MO_DEFINITIONS)('$name is the definition, to the letter', (definition) => {
    const file = readFileSync(`docs/ddf/${definition.name.toLowerCase()}.xml`);
    expect(file.toString()).toBe(writeDdf([definition]));
    expect(readDdf(file).definitions).toEqual([definition]);
  });

  test('no others', () => {
    expect(readdirSync('docs/ddf').sort()).toEqual(
      MO_DEFINITIONS.map(({ name }) => `${name.toLowerCase()}.xml`).sort(),
    );
  });
});
