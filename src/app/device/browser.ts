/** The browser that SHOW opens (DM 2.0 §5.3.7): a program of the device's owner, never a shell. */
import { spawn } from 'node:child_process';
import { UsageError } from '../../errors/index.js';

/** What SHOW may open; anything else could reach files or programs of the device. */
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:']);

/** Opens a page; resolves to whether the browser was started. */
export type Browser = (url: string) => Promise<boolean>;

/**
 * A browser from a command line such as `chromium --app={url}`: words apart by blanks, `{url}` is where the address
 * goes (at the end where it is missing). The address is one argument of the program whatever it holds.
 *
 * @throws UsageError `USAGE_ARGUMENT` for an empty command
 */
export function browserCommand(command: string): Browser {
  const words = command.split(/\s+/).filter((word) => word !== '');
  const [program, ...args] = words.some((word) => word.includes('{url}')) ? words : [...words, '{url}'];
  if (words.length === 0 || program === undefined || program.includes('{url}')) {
    throw new UsageError('USAGE_ARGUMENT', 'the browser command names no program');
  }
  return async (url) => {
    const address = pageAddress(url);
    if (address === undefined) return false;
    return start(
      program,
      args.map((word) => word.replaceAll('{url}', () => address)),
    );
  };
}

/** The address as the URL standard writes it, so that it starts with its scheme and holds no blank. */
function pageAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return SCHEMES.has(protocol) ? href : undefined;
}

function start(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { stdio: 'ignore', detached: true, shell: false });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
