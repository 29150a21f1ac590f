/** Firebase Cloud Messaging from the JSON file of a service account (DM 2.0 E.2). */
import { DataError } from '../../errors/index.js';
import { isJsonObject, parseJson } from '../../mo/index.js';
import { FcmSender, type HttpClient, type ServiceAccount } from '../../net/index.js';

/** A service account, and where the service is if it is not Google's. */
export interface FcmSettings {
  /** The file as it was downloaded. Secret. */
  readonly account: Uint8Array;
  /** Base address; a stand-in for tests. */
  readonly endpoint?: string;
}

const MEMBERS = ['project_id', 'client_email', 'private_key'] as const;

/** @throws DataError `DATA_SERVICE_ACCOUNT`, never with what is in the file */
export function fcmSender(
  { account, endpoint }: FcmSettings,
  http: HttpClient,
  clock: () => Date,
): FcmSender {
  const members = membersOf(account);
  for (const name of MEMBERS) {
    if (typeof members[name] !== 'string') {
      throw new DataError('DATA_SERVICE_ACCOUNT', `the service account has no ${name}`, {
        details: { member: name },
      });
    }
  }
  const { project_id: projectId, ...rest } = members as Record<string, string>;
  return new FcmSender({
    projectId: projectId!,
    authorization: { account: rest as unknown as ServiceAccount },
    http: (request) => http.send(request),
    clock,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

/** The parser's own message quotes what it read, and that would be a key. */
function membersOf(account: Uint8Array) {
  try {
    const value = parseJson(account);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
  throw new DataError('DATA_SERVICE_ACCOUNT', 'the service account is no JSON object');
}
