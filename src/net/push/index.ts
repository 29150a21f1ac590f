/** Ways of a DM notification to a device (DM 2.0 Appendix E): push over UDP, in short messages, through Google. */
export {
  encodeFcmMessage,
  type FcmOptions,
  type FcmResult,
  FcmSender,
  notificationOfFcm,
} from './fcm.js';
export type { HttpSender, ServiceAccount } from './fcm-token.js';
export {
  decodeSms,
  encodeSmsDeliver,
  encodeSmsSubmit,
  type SmsDeliverOptions,
  type SmsPdu,
  type SmsSubmitOptions,
} from './sms.js';
export { type AssemblyOptions, addSms, EMPTY_SMS_ASSEMBLY, type SmsAssembly } from './sms-assembly.js';
export { type Concatenation, PUSH_PORT, type UserDataHeader } from './sms-header.js';
export {
  receiveUdpPush,
  sendUdpPush,
  type UdpReceiver,
  type UdpReceiverOptions,
  type UdpSender,
  type UdpTarget,
} from './udp.js';
export { decodeWspPush, encodeWspPush, WSP_PUSH_CODEC, type WspPush, type WspPushOptions } from './wsp.js';
export { decodeWspMessage, encodeWspMessage, type WspMessage } from './wsp-message.js';
