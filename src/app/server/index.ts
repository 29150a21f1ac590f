/** The DM server put together: store, cores, network. */
export { type AccountFacts, accountsFromBootstrap } from './accounts.js';
export { type DmServer, type DmServerUrls, startDmServer } from './dm-server.js';
export type { DmServerEvent } from './events.js';
export type { FcmSettings } from './fcm.js';
export {
  type ColumnName,
  type ImportFinding,
  type ImportOptions,
  type ImportReport,
  type ImportRow,
  importAccounts,
  importRefused,
  openCell,
  readCsv,
  readJsonRows,
  type SecretCells,
  sealCell,
} from './import/index.js';
export {
  certificatesOfFolder,
  type FolderOfCertificates,
  isLoopback,
  type ListenAddress,
  requireQuietPlace,
  untilAborted,
} from './listening.js';
export { notificationSender, type SenderOptions } from './notification-sender.js';
export type { DmServerOptions, DmServerTls, NotificationSender } from './options.js';
export { sessionPicture } from './picture.js';
export { addAddress, type QueueOptions, queueScript } from './queue-script.js';
export {
  type RunServerEvent,
  type RunServerOptions,
  runServer,
  type ScriptToRun,
} from './run-server.js';
export { type MadeCertificate, makeCertificate } from './self-signed.js';
export { prepareFolder } from './state-folder.js';
export {
  allDevices,
  type DeviceStatus,
  deviceStatus,
  type ShownCommand,
  type ShownData,
  type ShownJob,
} from './status.js';
