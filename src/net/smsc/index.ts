export { SmscClient, type SmscOptions } from './smsc-client.js';
