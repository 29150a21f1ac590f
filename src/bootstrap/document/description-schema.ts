/** The entries of a bootstrap description file; docs/bootstrap-description.md explains them. */
import { z } from 'zod';

const TEXT = 'this must be text; put numbers and true or false in quotes';
const text = () => z.string({ error: (issue) => (issue.input === undefined ? undefined : TEXT) });
const filled = () => text().min(1, 'this must not be empty');

const SOURCE = /^(?:@.+|env:.+|fd:\d{1,4}|-)$/s;
const SOURCE_FORMS = '@file, env:NAME, fd:N or -';
const source = (message: string) => z.string().regex(SOURCE, message);

/** Where octets come from, and how they are written there. */
const SECRET_ENCODINGS = ['hex', 'base64', 'text', 'raw'] as const;

const SECRET = `a secret is ${SOURCE_FORMS} (hex digits), {from: SOURCE, as: ${SECRET_ENCODINGS.join(' | ')}} or {hex: "DIGITS"}`;
const secret = z
  .union(
    [
      source(SECRET),
      z.strictObject({ from: source(`a source is ${SOURCE_FORMS}`), as: z.enum(SECRET_ENCODINGS) }),
      z.strictObject({ hex: z.string().regex(/^[0-9a-fA-F\s:]+$/) }),
    ],
    { error: SECRET },
  )
  .describe('A secret: @file, env:NAME, fd:N or - with hex digits in it; or another encoding; or the digits');

const keySource = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : `a private key is ${SOURCE_FORMS}`) })
  .regex(SOURCE, `a private key is ${SOURCE_FORMS}, and the file in PEM or DER`)
  .describe('Private key file, PEM or DER: @file, env:NAME, fd:N or -');
const file = filled().describe('File name, relative to the description');

const json = z.record(z.string(), z.json(), { error: 'nodes are given as a mapping of names to values' });

const psk = z.strictObject({
  identity: filled().describe('PSK identity, UTF-8 (DM 2.0 §12.2.1.1)'),
  key: secret,
});
const x509 = z.strictObject({ certificate: file, privateKey: keySource });

const trsp = z.strictObject({ psk: psk.optional(), x509: x509.optional() });
const bootstrap = z.strictObject({
  serverUri: filled().describe('Auth/Bootstrap/ServerURI'),
  psk: psk.extend({ serverIdentity: filled().optional() }).optional(),
  x509: x509.extend({ serverCertificate: file.optional() }).optional(),
});
const noti = z.strictObject({
  secret: secret.describe('Auth/Noti/Secret'),
  data: secret.optional().describe('Auth/Noti/Data; empty unless given'),
});
const gcm = z.strictObject({
  senderId: filled(),
  regUri: filled(),
  unRegUri: filled(),
  regParams: text().optional(),
  ext: json.optional(),
});

const account = z.strictObject({
  srvId: filled().describe('SrvID: unique in the client'),
  srvUri: filled().describe('SrvURI: where the client opens its sessions'),
  name: filled().describe('Name: what the user sees'),
  perm: z
    .array(filled())
    .min(1, 'at least one MOID, or *')
    .optional()
    .describe('Perm/<x>/MOID; * unless given'),
  miid: filled().optional().describe('MIID; chosen by the client unless given'),
  bootstrap: bootstrap.optional(),
  noti: noti.optional(),
  trsp: trsp.optional(),
  push: z.strictObject({ gcm: gcm.optional(), ext: json.optional() }).optional(),
  ext: json.optional().describe('Ext: nodes of the vendor'),
});

const object = z.strictObject({
  moid: filled(),
  miid: filled().optional(),
  ddf: filled().optional().describe('URL of the device description'),
  data: json.describe('The nodes below the root'),
});

export const DESCRIPTION_SCHEMA = z
  .strictObject({
    accounts: z.array(account).optional().describe('DM accounts (DM 2.0 §12.2)'),
    objects: z.array(object).optional().describe('Other management objects'),
  })
  .describe('simboot bootstrap description');

export type DescriptionText = z.infer<typeof DESCRIPTION_SCHEMA>;
export type SecretText = z.infer<typeof secret>;

/** The same as JSON Schema, for editors: docs/schema/bootstrap-description.schema.json. */
export function descriptionJsonSchema(): object {
  return z.toJSONSchema(DESCRIPTION_SCHEMA);
}
