/**
 * A PostgreSQL of its own, for suites that need one: a cluster in a temporary directory, on a loopback port, gone
 * afterwards. PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';
const OWNER = 'postgres';

/** The directory that has both programs: the newest of Debian's, or one of the path. */
function programs(): string | undefined {
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN, version, 'bin'))
    : [];
  const path = (process.env.PATH ?? '').split(delimiter);
  return [...debian, ...path].find((directory) =>
    ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(directory, name))),
  );
}

function owner(): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8').match(new RegExp(`^${OWNER}:[^:]*:(\\d+):(\\d+):`, 'm'));
  return line === null ? undefined : { uid: Number(line[1]), gid: Number(line[2]) };
}

function missingPostgresParts(): string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux') return ['the temporary PostgreSQL is made for Linux'];
  if (programs() === undefined) missing.push('PostgreSQL (initdb, pg_ctl, postgres) is not installed');
  else if (process.getuid?.() === 0 && owner() === undefined) missing.push(`there is no user ${OWNER}`);
  return missing;
}

/**
 * A suite over a real PostgreSQL. Where it is missing the suite is listed as skipped with the reason; on CI it fails.
 *
 * @param suite gets the server, started before the first test and stopped after the last
 */
export function requirePostgres(name: string, suite: (postgres: Postgres) => void): void {
  const missing = missingPostgresParts();
  if (missing.length === 0) {
    describe(name, () => {
      const postgres = new Postgres();
      beforeAll(() => postgres.start(), 60_000);
      afterAll(() => postgres.stop(), 30_000);
      suite(postgres);
    });
    return;
  }
  const reason = missing.join('; ');
  if (!process.env.CI) {
    describe.skip(`${name} [not run: ${reason}]`, () => suite(new Postgres()));
    return;
  }
  test(`${name}: PostgreSQL must be there on CI`, () => {
    throw new Error(reason);
  });
}

export class Postgres {
  #directory: string | undefined;
  #port = 0;
  #databases = 0;

  async start(): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'simboot-postgres-'));
    this.#directory = directory;
    const as = this.#identity();
    if (as !== undefined) chownSync(directory, as.uid, as.gid);
    process.once('exit', this.#stopAtExit);
    this.#run(
      'initdb',
      '-D',
      join(directory, 'data'),
      '-U',
      OWNER,
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-locale',
      '-N',
    );
    this.#port = await freePort();
    this.restart();
  }

  /** Ends it as a crash would, where it runs, and starts it again. */
  restart(): void {
    if (existsSync(join(this.#directory!, 'data', 'postmaster.pid'))) this.halt();
    const options = `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${this.#directory} -c max_connections=60`;
    this.#run(
      'pg_ctl',
      '-D',
      join(this.#directory!, 'data'),
      '-w',
      '-l',
      join(this.#directory!, 'log'),
      '-o',
      options,
      'start',
    );
  }

  /** Ends it without letting anybody finish. */
  halt(): void {
    this.#run('pg_ctl', '-D', join(this.#directory!, 'data'), '-m', 'immediate', '-w', 'stop');
  }

  /** The address of a new, empty database. */
  database(): string {
    const name = `test${++this.#databases}`;
    this.query(`create database ${name}`);
    return `postgres://${OWNER}@127.0.0.1:${this.#port}/${name}`;
  }

  /** Through PostgreSQL's own client, where it is; its output is one value a line. */
  query(sql: string, database = OWNER): string {
    const psql = join(programs()!, 'psql');
    const args = ['-h', '127.0.0.1', '-p', String(this.#port), '-U', OWNER, '-d', database, '-At', '-c', sql];
    const { status, stdout, stderr } = spawnSync(existsSync(psql) ? psql : 'psql', args, {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`psql: ${stderr}`);
    return stdout.trim();
  }

  async stop(): Promise<void> {
    if (this.#directory === undefined) return;
    if (existsSync(join(this.#directory, 'data', 'postmaster.pid'))) this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
    process.removeListener('exit', this.#stopAtExit);
    this.#directory = undefined;
  }

  readonly #stopAtExit = () => void this.stop();

  #identity(): { uid: number; gid: number } | undefined {
    return process.getuid?.() === 0 ? owner() : undefined;
  }

  #run(program: string, ...args: string[]): void {
    const { status, stdout, stderr, error } = spawnSync(join(programs()!, program), args, {
      ...this.#identity(),
      cwd: this.#directory,
      encoding: 'utf8',
      // pg_ctl leaves its server with the same streams: a pipe would never end
      stdio: program === 'pg_ctl' ? 'ignore' : 'pipe',
      timeout: 50_000,
    });
    if (status === 0) return;
    const log = join(this.#directory!, 'log');
    const told = existsSync(log) ? readFileSync(log, 'utf8') : '';
    throw new Error(
      `${program} ${args.join(' ')}: ${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}${told}`,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
