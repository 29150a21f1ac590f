/** `simboot server results`: what became of scripts. */
import type { Command } from 'commander';
import { allDevices, type DeviceStatus, deviceStatus } from '../../src/app/index.js';
import type { ServerStore } from '../../src/dm/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { statusText } from '../render/server.js';
import { addStoreOptions, type StoreOptions, withExistingStore } from '../server.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addStoreOptions(
    parent
      .command('results')
      .description('show devices, their scripts, and what came back')
      .argument('[DevID]', 'one device; all unless told'),
  ).action(async (devId: string | undefined, options: StoreOptions) => {
    const devices = await withExistingStore(cli, options, async (store) => {
      if (devId !== undefined) return [await knownDevice(store, devId)];
      const all: DeviceStatus[] = [];
      for await (const device of allDevices(store)) all.push(await deviceStatus(store, device.devId));
      return all;
    });
    cli.result({ devices }, () => statusText(devices, cli.colours));
  });
  examples(command, [
    ['simboot server results', 'all devices'],
    ['simboot server results IMEI:004999010640000 --json', 'one device, with everything it sent'],
  ]);
}

async function knownDevice(store: ServerStore, devId: string): Promise<DeviceStatus> {
  const status = await deviceStatus(store, devId);
  // A device that never came may have scripts that wait for it.
  if (status.sessions === 0 && status.jobs.length === 0 && (await store.device(devId)) === undefined) {
    throw new UsageError('USAGE_ARGUMENT', `the server knows no device ${devId}`, {
      next: '`simboot server results` lists those it knows.',
    });
  }
  return status;
}
