export {
  DROP_REASONS,
  type DropReason,
  PushReceiver,
  type PushReceiverOptions,
  type PushReceiverState,
  type Received,
} from './receiver.js';
