/**
 * The native binding (npm package pcsclite 1.0.1), typed and loaded when first needed. Nothing else imports it.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ReaderError } from '../../errors/index.js';

type NodeCallback<T extends unknown[]> = (error: Error | null | undefined, ...results: T) => void;

/** One reader of the binding. `close` ends its status thread and only that. */
export interface NativeReader {
  readonly name: string;
  get_status(callback: NodeCallback<[state: number, atr: Buffer]>): void;
  close(): number;
  on(event: '_end', listener: () => void): this;
  _connect(share: number, protocols: number, callback: NodeCallback<[protocol: number]>): void;
  _disconnect(disposition: number, callback: NodeCallback<[]>): void;
  _transmit(data: Buffer, maxAnswer: number, protocol: number, callback: NodeCallback<[Buffer]>): void;
}

/** The list of readers, told anew at each change. */
export interface NativeList {
  start(callback: NodeCallback<[names: Buffer]>): void;
  close(): number;
}

export interface NativeBinding {
  /** Throws where the service is down. */
  readonly PCSCLite: new () => NativeList;
  readonly CardReader: new (name: string) => NativeReader;
}

let loaded: NativeBinding | undefined;

/**
 * The binding, loaded once.
 *
 * @throws ReaderError `READER_PCSC_BINDING_MISSING` with the packages to install on this system
 */
export async function loadBinding(): Promise<NativeBinding> {
  loaded ??= await load();
  return loaded;
}

/** The event methods come from the package's own entry, the two classes from its compiled part. */
async function load(): Promise<NativeBinding> {
  try {
    const require = createRequire(import.meta.url);
    require('pcsclite');
    const root = dirname(require.resolve('pcsclite/package.json'));
    const bindings = createRequire(join(root, 'index.js'))('bindings');
    return bindings({ bindings: 'pcsclite', module_root: root });
  } catch (cause) {
    throw bindingMissing(cause as Error);
  }
}

/** What to install so that `npm install` can build the binding, by system. */
export function packagesToInstall(platform: NodeJS.Platform = process.platform): string {
  switch (platform) {
    case 'darwin':
      return 'macOS: xcode-select --install';
    case 'win32':
      return 'Windows: the Visual Studio Build Tools with C++, and Python';
    default:
      return (
        'Debian, Ubuntu: sudo apt-get install pcscd libpcsclite-dev build-essential python3; ' +
        'Fedora: sudo dnf install pcsc-lite pcsc-lite-devel gcc-c++ make python3'
      );
  }
}

export function bindingMissing(cause: Error): ReaderError {
  const [first = ''] = cause.message.split('\n');
  const why = /Could not locate the bindings file/.test(cause.message)
    ? 'it was installed but not built'
    : /Cannot find (module|package) 'pcsclite/.test(cause.message)
      ? 'it is not installed'
      : first;
  return new ReaderError('READER_PCSC_BINDING_MISSING', `the PC/SC binding cannot be loaded: ${why}`, {
    cause,
    next: `Install the PC/SC packages (${packagesToInstall()}), then run \`npm install\` again; sim: readers work without.`,
  });
}
