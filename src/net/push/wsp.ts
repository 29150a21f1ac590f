/** Connectionless push of a DM notification: the PDU of WSP (WAP-230 §8.2.4.1, DM 2.0 E.1). */
import { type Codec, concat, encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import {
  APPLICATION_ID,
  APPLICATION_ID_TEXT,
  CONTENT_TYPE,
  CONTENT_TYPE_DM1,
  CONTENT_TYPE_DM1_TEXT,
  CONTENT_TYPE_TEXT,
  MAX_HEADER_OCTETS,
  PDU_PUSH,
  SYNCML_DM,
  SYNCML_DM_TEXT,
} from './wsp-codes.js';
import { WspReader, type WspValue } from './wsp-reader.js';

/** A push PDU. */
export interface WspPush {
  /** Transaction identifier, 0 to 255. */
  readonly tid: number;
  /** The DM notification. */
  readonly notification: Uint8Array;
}

export interface WspPushOptions {
  /** 1 unless told. */
  readonly tid?: number;
  /** Names in place of the numbers, for receivers whose tables end before 0x58. */
  readonly textual?: boolean;
  /** Further header fields, encoded; content type and fields together have at most 48 octets. */
  readonly headers?: Uint8Array;
}

/**
 * The PDU that carries a DM notification: `01 06 03 D8 AF 87` and the notification, unless told otherwise.
 *
 * @throws DataError `DATA_PUSH` where the header is longer than 48 octets
 * @example toHex(encodeWspPush(fromHex('20806000'))) // → '010603d8af8720806000'
 */
export function encodeWspPush(notification: Uint8Array, options: WspPushOptions = {}): Uint8Array {
  const { tid = 1, textual = false, headers = new Uint8Array(0) } = options;
  const type = textual ? concat(encodeUtf8(CONTENT_TYPE_TEXT), [0]) : [CONTENT_TYPE | 0x80];
  const header = concat(type, [APPLICATION_ID | 0x80, SYNCML_DM | 0x80], headers);
  if (header.length > MAX_HEADER_OCTETS) {
    throw new DataError(
      'DATA_PUSH',
      `the header has ${header.length} octets, more than ${MAX_HEADER_OCTETS}`,
    );
  }
  if (!Number.isInteger(tid) || tid < 0 || tid > 255) {
    throw new DataError('DATA_PUSH', 'a transaction identifier is a number from 0 to 255');
  }
  return concat([tid, PDU_PUSH, header.length], header, notification);
}

/**
 * Reads a push of a DM notification: content type and application as numbers or as text.
 *
 * @throws DataError `DATA_PUSH` with the octet: another PDU, another application, a notification of DM 1.x (0x44),
 * lengths that do not fit
 * @example toHex(decodeWspPush(fromHex('010603d8af8720806000')).notification) // → '20806000'
 */
export function decodeWspPush(bytes: Uint8Array): WspPush {
  const reader = new WspReader(bytes);
  const tid = reader.octet('the transaction identifier');
  const pdu = reader.octet('the PDU type');
  if (pdu !== PDU_PUSH) reader.fail(`PDU type ${pdu} is not a push`);
  const header = reader.part(reader.uintvar('the length of the header'), 'the header');
  checkContentType(header);
  checkApplication(header);
  return { tid, notification: reader.rest() };
}

function checkContentType(header: WspReader): void {
  const value = header.value('the content type');
  // With parameters, the media type comes first in the octets (WAP-230 §8.4.2.24).
  const type = value.kind === 'octets' ? new WspReader(value.value).value('the media type') : value;
  if (is(type, CONTENT_TYPE, CONTENT_TYPE_TEXT)) return;
  if (is(type, CONTENT_TYPE_DM1, CONTENT_TYPE_DM1_TEXT)) {
    header.fail('a notification of DM 1.x, not of DM 2.0: content type 0x44, not 0x58');
  }
  header.fail('the content type is not the one of a DM notification, 0x58');
}

function checkApplication(header: WspReader): void {
  let found = false;
  while (!header.done) {
    const application = applicationOf(header);
    if (application === undefined) continue;
    if (!is(application, SYNCML_DM, SYNCML_DM_TEXT))
      header.fail('the push is for another application than 0x07');
    found = true;
  }
  if (!found) header.fail('the push names no application (X-Wap-Application-Id)');
}

/** Reads one header field; gives the value of X-Wap-Application-Id, passes over every other. */
function applicationOf(header: WspReader): WspValue | undefined {
  const first = header.octet('a header field');
  if (first >= 0x80) {
    const value = header.value('a header field');
    return first === (APPLICATION_ID | 0x80) ? value : undefined;
  }
  // A shift to another code page: 7F and its number, or 01 to 1F.
  if (first === 0x7f) header.octet('a code page');
  if (first === 0x7f || (first > 0 && first < 0x20)) return undefined;
  header.at--;
  const name = header.text('the name of a header field');
  const value: WspValue = { kind: 'text', value: header.text('the value of a header field') };
  return name.toLowerCase() === APPLICATION_ID_TEXT ? value : undefined;
}

function is(value: WspValue, number: number, text: string): boolean {
  if (value.kind === 'number') return value.value === number;
  if (value.kind === 'text') return value.value.toLowerCase() === text;
  // A long integer of one octet.
  return value.value.length === 1 && value.value[0] === number;
}

/** A push as it goes through UDP or SMS. */
export const WSP_PUSH_CODEC: Codec<WspPush> = {
  name: 'WSP push of a DM notification',
  decode: decodeWspPush,
  encode: ({ tid, notification }) => encodeWspPush(notification, { tid }),
  examples: [
    {
      source: 'by hand: TID 01, push 06, 3 octets of header: 58, 2F, 07 as short integers',
      hex: '01 06 03 D8 AF87 20806000',
      value: { tid: 1, notification: Uint8Array.of(0x20, 0x80, 0x60, 0x00) },
    },
    {
      source: 'by hand: content type as text, 41 octets of header',
      hex: `07 06 29 ${Buffer.from(CONTENT_TYPE_TEXT).toString('hex')}00 AF87 2000`,
      value: { tid: 7, notification: Uint8Array.of(0x20, 0x00) },
      decodeOnly: true,
    },
    {
      source: 'by hand: content type in its general form, application as text, a header field before it',
      hex: `00 06 23 01D8 8C 8A AF ${Buffer.from(SYNCML_DM_TEXT).toString('hex')}00 8780 2000`,
      value: { tid: 0, notification: Uint8Array.of(0x20, 0x00) },
      decodeOnly: true,
    },
  ],
};
