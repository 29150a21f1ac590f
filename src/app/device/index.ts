/** A device: the client core in the world. */
export { type Browser, browserCommand } from './browser.js';
export type { CardSourceOptions } from './card.js';
export { checkDevId, type DevInfoValues, TEST_DEVICE } from './dev-info.js';
export { Device } from './device.js';
export {
  type ExecHandler,
  type ExecHandlers,
  type ExecRequest,
  type ExecResult,
  execCommand,
} from './exec.js';
export { type DeviceNetworkOptions, deviceNetwork } from './network.js';
export { devicePicture } from './picture.js';
export type { DevicePushOptions, PushEvent } from './pushes.js';
export {
  type DeviceReport,
  type PushAddress,
  type RunDeviceOptions,
  runDevice,
  type SessionReport,
} from './run.js';
export type { DeviceEvent, DeviceNetwork, DeviceOptions, HttpAnswer, LocalAnswer } from './types.js';
