/** HTTP authentication (DM 2.0 §9.2.1): Basic and Digest, at the server and at the client. */
export { type AuthState, answerChallenge, chooseChallenge, type UserPassword } from './answer.js';
export {
  type AuthOutcome,
  type AuthRequest,
  type AuthVerdict,
  authenticate,
  type BasicOptions,
  basicAuthenticator,
  type HttpAuthenticator,
  type HttpSecret,
  type SecretLookup,
} from './authenticator.js';
export { type AuthField, formatAuthField, parseChallenges, parseCredentials } from './credentials-header.js';
export { type DigestAlgorithm, type DigestInput, digestHa1, digestResponse } from './digest.js';
export { type DigestOptions, digestAuthenticator } from './digest-authenticator.js';
