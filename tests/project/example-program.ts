/**
 * Examples become modules, checked by the compiler against the built declarations and run against the built package.
 *
 * Two notations:
 * - Markdown: every `ts` block is a program of its own. If lines end in `// → text`, those texts are its output.
 * - Docstrings: `@example` needs no imports, every name of the library is there (its own room's first). A line
 *   `expression // → value` compares, `expression // throws CODE` expects that error.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

export interface Example {
  /** `docs/library.md 3`, `bytes fromHex`. */
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** What a Markdown block must print; nothing where it does not say. */
  readonly output: readonly string[];
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

/** Subpaths of the package that are rooms; the others are second names of one, such as `scp03`. */
export const ROOMS = Object.entries(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string> }).exports,
)
  .map(([subpath, target]) => [subpath.slice(2), target])
  .filter(([room, target]) => target === `./dist/src/${room}/index.js`)
  .map(([room]) => room!);

/** Parsed files are kept: both programs see the same declarations. */
function cachingHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS, true);
  const parsed = new Map<string, ts.SourceFile | undefined>();
  return {
    ...host,
    getSourceFile(fileName, ...rest) {
      if (!parsed.has(fileName)) parsed.set(fileName, host.getSourceFile(fileName, ...rest));
      return parsed.get(fileName);
    },
  };
}
const host = cachingHost();

/** What the declarations of the rooms say of their exports. */
export interface Documentation {
  readonly examples: readonly { readonly room: string; readonly name: string; readonly text: string }[];
  /** Exported functions, classes, constants and methods without a docstring. */
  readonly undocumented: readonly string[];
  /** Exported names, with their rooms. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

export function readDocumentation(): Documentation {
  const indexes = ROOMS.map((room) => resolve(`dist/src/${room}/index.d.ts`));
  const missing = indexes.find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`${missing} is missing: run npm run build`);
  const program = ts.createProgram(indexes, OPTIONS, host);
  const checker = program.getTypeChecker();
  const examples: { room: string; name: string; text: string }[] = [];
  const undocumented: string[] = [];
  const names = new Map<string, string[]>();
  const seen = new Set<ts.Node>();
  for (const [index, room] of ROOMS.entries()) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(indexes[index]!)!)!;
    for (const symbol of checker.getExportsOfModule(module)) {
      names.set(symbol.name, [...(names.get(symbol.name) ?? []), room]);
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      for (const declaration of target.declarations ?? []) {
        if (seen.has(declaration)) continue;
        seen.add(declaration);
        const isValue = (target.flags & ts.SymbolFlags.Value) !== 0;
        if (isValue && !isDocumented(declaration)) undocumented.push(`${room} ${symbol.name}`);
        for (const text of examplesOf(declaration)) examples.push({ room, name: symbol.name, text });
        ts.forEachChild(declaration, (member) => {
          for (const text of examplesOf(member)) {
            const name = ts.isClassElement(member) || ts.isTypeElement(member) ? member.name : undefined;
            examples.push({ room, name: `${symbol.name}.${name?.getText() ?? 'constructor'}`, text });
          }
          if (isOwnMethod(member) && !isDocumented(member)) {
            undocumented.push(`${room} ${symbol.name}.${member.name.getText()}`);
          }
        });
      }
    }
  }
  return { examples, undocumented, names };
}

function isDocumented(declaration: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(declaration).some((doc) => ts.isJSDoc(doc));
}

/** A method of a port, or of a class that implements none: those that implement one have its docstrings. */
function isOwnMethod(member: ts.Node): member is ts.MethodDeclaration | ts.MethodSignature {
  if (ts.isMethodSignature(member)) return true;
  if (!ts.isMethodDeclaration(member) || !ts.isClassDeclaration(member.parent)) return false;
  const isPrivate = (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
  return !isPrivate && member.parent.heritageClauses === undefined;
}

function examplesOf(node: ts.Node): string[] {
  return ts
    .getJSDocTags(node)
    .filter((tag) => tag.tagName.text === 'example')
    .map((tag) => (ts.getTextOfJSDocComment(tag.comment) ?? '').trim());
}

/** The module of a docstring's example. */
export function docstringModule(room: string, text: string, names: Documentation['names']): string {
  const used = new Set(text.match(/(?<![\w$.'"])[A-Za-z_$][\w$]*/g));
  const imports = [...used].flatMap((name) => {
    const rooms = names.get(name);
    if (rooms === undefined) return [];
    return [`import { ${name} } from 'simboot/${rooms.includes(room) ? room : rooms[0]}';`];
  });
  const lines = text
    .split('\n')
    .map((line) =>
      line
        .replace(/^(.+?);? *\/\/ → (.+)$/, 'await same(async () => ($1), ($2));')
        .replace(/^(.+?);? *\/\/ throws (\w+)$/, "await throws(async () => ($1), '$2');"),
    );
  return ["import { same, throws } from './judge.mjs';", ...imports, ...lines, 'export {};', ''].join('\n');
}

const JUDGE = `import { deepStrictEqual } from 'node:assert';
export async function same(actual: () => Promise<unknown>, expected: unknown): Promise<void> {
  deepStrictEqual(await actual(), expected);
}
export async function throws(action: () => Promise<unknown>, code: string): Promise<void> {
  try {
    await action();
  } catch (error) {
    return deepStrictEqual((error as { code?: string }).code, code);
  }
  throw new Error('nothing was thrown, where ' + code + ' was expected');
}
`;

/** The `ts` blocks of a Markdown file. */
export function markdownExamples(path: string): Omit<Example, 'file'>[] {
  const blocks = readFileSync(path, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, source], index) => ({
    name: `${path} ${index + 1}`,
    source: source!,
    output: [...source!.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text!.trim()),
  }));
}

/**
 * Writes the modules into a directory of the project, compiles them there all at once, and returns what the compiler
 * complains of. The package is found by its own name.
 */
export function compile(directory: string, examples: readonly Example[]): string[] {
  writeFileSync(join(directory, 'judge.mts'), JUDGE);
  for (const { file, source } of examples) writeFileSync(join(directory, file), source);
  const roots = ['judge.mts', ...examples.map(({ file }) => file)].map((file) => resolve(directory, file));
  const program = ts.createProgram(roots, OPTIONS, host);
  program.emit();
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { file, start = 0, messageText } = diagnostic;
    const line = file === undefined ? '' : file.text.slice(0, start).split('\n').length;
    const name = examples.find((one) => file?.fileName.endsWith(`/${one.file}`))?.name ?? file?.fileName;
    return `${name} line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
