/** The DM account (DM 2.0 §12.2, §12.2.1). Older names: docs/decisions/older-names.md. */
import { extension, interior, leaf, type MoDefinition, scoped } from '../definition.js';

const OPTIONAL = { status: 'Optional' } as const;
const HIDDEN = { access: ['No Get'] } as const;
const SECRET = { access: ['No Get'], secret: true } as const;

const PERM = interior('Perm', HIDDEN, [
  interior('<x>', { occurrence: 'OneOrMore', ...HIDDEN }, [leaf('MOID', 'chr', HIDDEN)]),
]);

const BOOTSTRAP = interior(
  'Bootstrap',
  {
    ...OPTIONAL,
    aliases: {
      'Client-PublicKey-PSKIdentity': 'ClientPubKey',
      ClientecretKey: 'ClientSecretKey',
    },
  },
  [
    leaf('ServerURI', 'chr'),
    leaf('SecMode', 'bin'),
    leaf('ClientPubKey', 'bin', HIDDEN),
    leaf('ServerPubKey', 'bin', HIDDEN),
    leaf('ClientSecretKey', 'bin', SECRET),
  ],
);

// The digest is over secret and authentication data together (§5.2.1.2), so both stay hidden.
const NOTI = interior('Noti', { ...OPTIONAL, aliases: { AuthData: 'Data', AuthSecret: 'Secret' } }, [
  leaf('Type', 'int', { values: [0] }),
  leaf('Data', 'bin', { secret: true }),
  // Examples of the text change it by HGET: docs/decisions/access-types.md.
  leaf('Secret', 'bin', { secret: true, access: ['Get', 'Replace'] }),
]);

const TRSP = interior('Trsp', OPTIONAL, [leaf('Data', 'bin'), leaf('Secret', 'bin', SECRET)]);

const PUSH = interior('Push', OPTIONAL, [
  interior(
    'GCM',
    { ...OPTIONAL, aliases: { RegURL: 'RegURI', UnREgURL: 'UnRegURI', UnregURL: 'UnRegURI' } },
    [
      leaf('SenderID', 'chr'),
      leaf('RegURI', 'chr'),
      leaf('UnRegURI', 'chr'),
      leaf('RegParams', 'chr'),
      extension(),
    ],
  ),
  extension(),
]);

/** The DM account MO (DM 2.0 §12.2). */
export const DMACC: MoDefinition = {
  moid: 'urn:oma:mo:oma-dm-dmacc:1.2',
  name: 'DMAcc',
  clause: 'DM 2.0 §12.2',
  moidAliases: ['urn:oma:mo:oma-dm-dmacc:2.0'],
  root: scoped(
    interior(
      '<x>',
      {
        occurrence: 'ZeroOrMore',
        aliases: {
          ServerID: 'SrvID',
          Permissions: 'Perm',
          Credentials: 'Auth',
          AuthNoti: 'Auth/Noti',
        },
      },
      [
        leaf('SrvID', 'chr'),
        leaf('SrvURI', 'chr'),
        leaf('Name', 'chr'),
        PERM,
        interior('Auth', OPTIONAL, [BOOTSTRAP, NOTI, TRSP]),
        PUSH,
        extension(),
      ],
    ),
  ),
};
