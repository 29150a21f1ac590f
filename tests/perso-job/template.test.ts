import fc from 'fast-check';
import { compileTemplate } from '../../src/perso/index.js';

test.each([
  ['', [], ''],
  ['plain', [], 'plain'],
  ['${a}', ['a'], 'A'],
  ['${a}${b}${a}', ['a', 'b'], 'ABA'],
  ['x${a}-${b.c_d-e}y', ['a', 'b.c_d-e'], 'xA-Fy'],
  ['$${a}', [], '${a}'],
  ['$$${a}', [], '$${a}'],
  ['$a {a} $', [], '$a {a} $'],
  ['${a}}', ['a'], 'A}'],
])('%s', (text, fields, expected) => {
  const template = compileTemplate(text);
  expect(template.fields).toEqual(fields);
  expect(template.render({ a: 'A', b: 'B', 'b.c_d-e': 'F' })).toBe(expected);
});

test('values are put in as they are, not read again', () => {
  expect(compileTemplate('${a}').render({ a: '${b}$$' })).toBe('${b}$$');
});

test.each(['${', '${}', '${ a }', '${1}', '${a', '${a${b}', `\${${'a'.repeat(65)}}`])(
  '%s is none',
  (text) => {
    expect(() => compileTemplate(text)).toThrow(expect.objectContaining({ code: 'DATA_TEMPLATE' }));
  },
);

test.each(['missing', 'constructor', 'toString'])('%s has no value', (name) => {
  const { render } = compileTemplate(`\${${name}}`);
  expect(() => render({ a: '1' })).toThrow(`field ${name} has no value`);
});

const TEXT = fc.string({ unit: fc.constantFrom('$', '{', '}', 'a') });
test('any text comes out as it was, once its ${ are doubled', () => {
  fc.assert(
    fc.property(TEXT, TEXT, (before, after) => {
      const plain = (text: string) => text.replaceAll('${', () => '$${');
      const safe = (text: string) => text.replace(/\$+$/, '');
      const { render } = compileTemplate(`${plain(safe(before))}\${x}${plain(after)}`);
      return render({ x: '$${x}' }) === `${safe(before)}$\${x}${after}`;
    }),
  );
});
