/** The bootstrap on a card: found, read, inspected, planned, written, verified, erased. */
export type { ContentState, Region } from './content.js';
export {
  type CreateRequest,
  type CreateResult,
  createFiles,
  DEFAULT_SIZES,
  type FileSecurity,
  type FileSizes,
} from './create.js';
export { type EraseRequest, planErase } from './erase.js';
export { type CardInfo, readCardInfo } from './info.js';
export {
  type CardReport,
  type InspectOptions,
  inspectCard,
  type ShownBootstrap,
  type ShownDirectory,
} from './inspect.js';
export type { CardKeys } from './keys.js';
export { FID } from './paths.js';
export { planWrite } from './plan.js';
export type { PlannedAccess, PlannedUpdate, PlanSummary, WriteRequest } from './plan-types.js';
export { type BootstrapOnCard, type BootstrapPlace, locateBootstrap, readBootstrap } from './read.js';
export type { SecureChannelOptions } from './secure-channel.js';
export { type Difference, type ExpectedBootstrap, type Verification, verifyBootstrap } from './verify.js';
export { eraseBootstrap, type WriteOptions, type WriteResult, writeBootstrap } from './write.js';
export type { WritePlan } from './write-plan.js';
