// What the three jobs share: stores of the DM server, a BSF, and the ways to devices.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bsfClient, type CampaignOptions, pushBearer } from 'simboot/app';
import { UA_SIMULATOR } from 'simboot/gba';
import { HttpClient } from 'simboot/net';
import { openPushStore, openServerStore } from 'simboot/store';

const {
  BSF = 'https://127.0.0.1:8444',
  BSF_CERT = 'simboot-bsf/tls-ec.pem',
  STATE = 'simboot-server',
} = process.env;

export type Operator = Omit<CampaignOptions, 'campaignId'>;

export async function withOperator(use: (operator: Operator) => Promise<void>): Promise<void> {
  const http = new HttpClient();
  const pushes = await openPushStore(`sqlite:${STATE}/server.db`);
  const accounts = await openServerStore(`sqlite:${STATE}/server.db`);
  try {
    await use({
      pushes,
      accounts,
      server: { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Example operator' },
      naf: { fqdn: 'dm.example.com', uaId: UA_SIMULATOR },
      source: bsfClient({ apiRoot: BSF, http, send: { trust: { anchors: readFileSync(BSF_CERT) } } }),
      bearer: pushBearer({ tls: { http } }),
      clock: () => new Date(),
      random: (octets) => randomBytes(octets),
    });
  } finally {
    await accounts.close();
    await pushes.close();
    http.close();
  }
}
