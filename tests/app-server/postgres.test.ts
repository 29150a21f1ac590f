/** Two servers on one PostgreSQL: a device talks to both, races between them, and what one learned the other knows. */
import { randomBytes } from 'node:crypto';
import { openServerStore } from '../../src/store/index.js';
import { requirePostgres } from '../support/postgres.js';
import {
  CLIENT_INITIATED,
  commandsOf,
  INITIATION,
  key,
  pskAccount,
  Raw,
  RESPONSE,
  script,
  testServer,
} from './raw.js';

const KEY = Uint8Array.from(randomBytes(32));

requirePostgres('two servers on one PostgreSQL', (postgres) => {
  test('sessions go from one to the other; nothing is lost, sent twice, or bound twice', async () => {
    const address = postgres.database();
    const servers = [
      await testServer({ store: await openServerStore(address, { key: KEY }) }),
      await testServer({ store: await openServerStore(address, { key: KEY }) }),
    ] as const;
    const [one, two] = servers;
    try {
      const names = Array.from({ length: 8 }, (_, number) => `d${number}`);
      // Imported at the first server, used at the second a moment later.
      await one.store.putAccounts(names.map((name) => pskAccount(name)));
      await Promise.all(
        names.map(async (name, number) => {
          const devId = `urn:dev:${name}`;
          const steps = Array.from({ length: 5 }, (_, at) => `- delete: "urn:x:mo:y:1.0/a/n${at}"`);
          const jobId = await servers[number % 2]!.submit(devId, script(steps.join('\n')));
          const raws = [
            await Raw.psk(two.port, name, key(name)),
            await Raw.psk(one.port, name, key(name)),
          ] as const;
          let commands = commandsOf(await raws[0].post(devId, INITIATION, CLIENT_INITIATED));
          const sent: string[] = [];
          for (let turn = 1; commands[0]?.[0] !== 'END'; turn++) {
            sent.push(...commands.map(([, uri]) => uri!));
            const statuses = commands.map(() => '{"sc":200}').join();
            commands = commandsOf(await raws[turn % 2]!.post(devId, RESPONSE, `{"Status":[${statuses}]}`));
          }
          for (const raw of raws) raw.close();
          expect(sent).toEqual(steps.map((_, at) => `urn:x:mo:y:1.0/a/n${at}`));
          expect(await two.store.job(jobId)).toMatchObject({ state: 'done' });
        }),
      );
      await one.store.putAccount(pskAccount('shared'));
      const rivals = await Promise.all(
        [0, 1, 2, 3].map((index) => Raw.psk(servers[index % 2]!.port, 'shared', key('shared'))),
      );
      const answers = await Promise.all(
        rivals.map((raw, index) => raw.post(`urn:dev:rival${index}`, INITIATION, CLIENT_INITIATED)),
      );
      for (const raw of rivals) raw.close();
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403]);
    } finally {
      for (const server of servers) {
        await server.stop();
        await server.store.close();
      }
    }
  }, 60_000);
});
