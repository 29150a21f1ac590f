/** Numbers of WSP that a push of a DM notification uses (WAP-230 Appendix A; OMNA; DM 2.0 E.1). */

export const PDU_PUSH = 0x06;
/** application/vnd.syncml.dm.notification. */
export const CONTENT_TYPE = 0x58;
export const CONTENT_TYPE_TEXT = 'application/vnd.syncml.dm.notification';
/** application/vnd.syncml.notification, of DM 1.x. */
export const CONTENT_TYPE_DM1 = 0x44;
export const CONTENT_TYPE_DM1_TEXT = 'application/vnd.syncml.notification';
/** Header field X-Wap-Application-Id. */
export const APPLICATION_ID = 0x2f;
export const APPLICATION_ID_TEXT = 'x-wap-application-id';
/** x-wap-application:syncml.dm. */
export const SYNCML_DM = 0x07;
export const SYNCML_DM_TEXT = 'x-wap-application:syncml.dm';
/** E.1: content type and header fields together. */
export const MAX_HEADER_OCTETS = 48;
