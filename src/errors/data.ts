import { type ErrorOptions, SimbootError } from './error.js';

/** Bytes or documents that do not follow their format. `details` name the offset, row or path. Exit code 2. */
export const DATA_ERRORS = {
  DATA_HEX: {
    meaning: 'A text is not hexadecimal.',
    next: 'Give an even number of the digits 0-9 and a-f.',
  },
  DATA_DIGITS: {
    meaning: 'A number such as an ICCID or IMSI has a wrong character, length or check digit.',
    next: 'Compare the number with its source; the message names the position.',
  },
  DATA_TLV: {
    meaning: 'A BER-TLV structure is malformed.',
    next: 'The offset in the message is where the structure breaks.',
  },
  DATA_APDU: {
    meaning: 'Bytes are not a command or response APDU (ISO/IEC 7816-4 clause 5).',
    next: 'Check CLA, INS, P1, P2, Lc and Le against the length of the data.',
  },
  DATA_UTF8: {
    meaning: 'A text is not UTF-8, or starts with a byte order mark.',
    next: 'Save the document as UTF-8 without a byte order mark (DM 2.0 §8.1).',
  },
  DATA_JSON: {
    meaning: 'A document is not JSON (RFC 8259).',
    next: 'The line, column and octet in the message are where it breaks.',
  },
  DATA_JSON_DUPLICATE: {
    meaning: 'A JSON object gives the same name twice, so readers would disagree on its value.',
    next: 'Keep one of the two members.',
  },
  DATA_LIMIT: {
    meaning: 'A document is larger or nests deeper than simboot reads.',
    next: 'Check that the file is what it should be.',
  },
  DATA_DMMO: {
    meaning: 'A document is not a serialized management object (application/dmmo+json, DM 2.0 §7.2.1.4).',
    next: 'Compare the place in the message with docs/schema/dmmo.schema.json.',
  },
  DATA_CLIENT_URI: {
    meaning: 'A ClientURI is malformed or does not name one place (DM 2.0 §6.1.1).',
    next: 'Use MOID// for a new instance or MOID/MIID/ for a given one.',
  },
  DATA_MO: {
    meaning: 'A management object does not follow its definition.',
    next: 'The JSON path in the message is the node to correct.',
  },
  DATA_PUSH_INFO: {
    meaning: 'Octets are not push information of GBA in the format that was asked for.',
    next: 'Push again; the offset in the message is where the information breaks.',
  },
  DATA_ZPN: {
    meaning: 'A request or answer of push information over HTTP is not one of TS 29.309.',
    next: 'Correct the member at the JSON path in the message.',
  },
  DATA_BOOTSTRAP: {
    meaning: 'The parts of a bootstrap do not fit together, or a value in it cannot work.',
    next: 'Correct the value at the place in the message.',
  },
  DATA_DESCRIPTION: {
    meaning: 'A bootstrap description is unreadable, or has an unknown or wrong entry.',
    next: 'Correct the line in the message; docs/bootstrap-description.md lists the entries.',
  },
  DATA_DESCRIPTION_CONTRADICTION: {
    meaning: 'Two entries of a bootstrap description exclude each other.',
    next: 'Remove one of the two entries in the message.',
  },
  DATA_CERTIFICATE: {
    meaning:
      'A certificate is unreadable, not X.509 version 3, or has a key that cannot be used (DM 2.0 §9.2.2).',
    next: 'Use a PEM or DER file with an RSA key of 2048 bits or an EC key of 256 bits or more.',
  },
  DATA_CERTIFICATE_DATES: {
    meaning: 'A certificate is not valid at this time.',
    next: 'Use a certificate in its validity period, and check the clock of this machine.',
  },
  DATA_PRIVATE_KEY: {
    meaning: 'A private key is unreadable, encrypted or of a kind that cannot be used.',
    next: 'Use an unencrypted PKCS#8 key (PEM or DER); `openssl pkcs8 -topk8 -nocrypt` makes one.',
  },
  DATA_KEY_MISMATCH: {
    meaning: 'A private key does not belong to the certificate next to it.',
    next: 'Give the key that the certificate was requested with.',
  },
  DATA_PKCS15: {
    meaning:
      'A PKCS#15 file (EF(DIR), EF(ODF), EF(DODF), EF(AODF), EF(TokenInfo)) cannot be read, or a value cannot be written in it.',
    next: 'The file and octet in the message say where; `simboot pkcs15 decode` shows what can be read.',
  },
  DATA_PATH: {
    meaning: 'A file path is malformed, too deep, or runs in a circle.',
    next: 'Compare the path in EF(DIR), EF(ODF) or EF(DODF) with the file tree of the card.',
  },
  DATA_FCP: {
    meaning:
      'The answer to SELECT is not the description of a file (TS 102 221 §11.1.1.3, TS 51.011 §9.2.1).',
    next: 'Record the exchange with --trace and look at the answer to SELECT.',
  },
  DATA_ACCESS_RULE: {
    meaning: 'An access rule of the card is malformed (TS 102 221 §9.2).',
    next: 'Look at the EF(ARR) record or at tag 8C or AB that the message names.',
  },
  DATA_SCP03_CASE: {
    meaning: 'A file of recorded secure channel sessions is malformed.',
    next: 'Correct the field that the message names; docs/scp03.md shows the format.',
  },
  DATA_PACKAGE: {
    meaning: 'A DM package or Generic Alert does not have its structure (DM 2.0 §5.2, §5.4, §7.2.1).',
    next: 'The JSON path in the message is the member to correct.',
  },
  DATA_MULTIPART: {
    meaning: 'A multipart response cannot be taken apart (DM 2.0 Appendix F, RFC 2046 §5.1).',
    next: 'Check the boundary and the headers of the part that the message names.',
  },
  DATA_MEDIA_TYPE: {
    meaning: 'A media type, or a list of them in an Accept header, is malformed.',
    next: 'Write type/subtype, with parameters after semicolons (RFC 9110 §8.3.1).',
  },
  DATA_MEDIA_TYPE_UNSUPPORTED: {
    meaning: 'A document has a media type that is not read here (DM 2.0 §5.5).',
    next: 'Use one of the media types in the message.',
  },
  DATA_NOTIFICATION: {
    meaning: 'Bytes are not a DM notification, or a value does not fit in one (DM 2.0 §5.2.1, §7.1.1).',
    next: 'The message names the octet or the option; `simboot notification decode` shows what can be read.',
  },
  DATA_PUSH: {
    meaning: 'A datagram is not a connectionless push of a DM notification (DM 2.0 E.1).',
    next: 'The octet in the message is where it differs.',
  },
  DATA_SMS: {
    meaning: 'Bytes are not an SMS TPDU that carries a push (TS 23.040), or a value does not fit in one.',
    next: 'The octet in the message is where it breaks.',
  },
  DATA_ALERT_XML: {
    meaning: 'A DM 1.x Generic Alert is not well-formed XML, or lacks an element (DM 2.0 §13.1).',
    next: 'Correct the element at the line and column in the message.',
  },
  DATA_SERVER_URI: {
    meaning: 'A ServerURI is not a URI once its parameters are replaced (DM 2.0 §6.2, RFC 3986).',
    next: 'The offset in the message is the character to correct.',
  },
  DATA_NODE_MISSING: {
    meaning: 'A node, or the parent of a node to add, is not in the DM tree (status 404).',
    next: 'Read the tree first; `simboot mo resolve` shows what a ClientURI names.',
  },
  DATA_NODE_FIXED: {
    meaning:
      'A permanent or mandatory node can be neither created nor deleted (DM 2.0 §6.3.1.2, status 405).',
    next: 'Address the instance that is there: MOID// or its MIID.',
  },
  DATA_TREE_FULL: {
    meaning: 'The device has no room for more nodes or values (DM 2.0 Appendix C, status 506).',
    next: 'Delete what is not needed, or send less.',
  },
  DATA_DEVICE_STATE: {
    meaning:
      'The saved state of a device is damaged, or was written by a newer simboot. Nothing was changed.',
    next: 'Put state.previous.json beside it in its place, or take the folder away to start anew.',
  },
  DATA_XML: {
    meaning:
      'A document is not well-formed XML in UTF-8, or has declarations that simboot does not take from others (entities, elements, attributes).',
    next: 'Correct the line and column in the message; a DOCTYPE may name the DTD but declare nothing.',
  },
  DATA_DDF: {
    meaning: 'A device description (DDF) lacks a mandatory element or has a wrong value (DM 2.0 §6.4).',
    next: 'Correct the element at the line and column in the message.',
  },
  DATA_ACL: {
    meaning: 'An access control list of DM 1.x is malformed (DM 2.0 §13.2).',
    next: 'Write commands with server identifiers or *, such as Get=*&Replace=srv1+srv2.',
  },
  DATA_HTTP_AUTHENTICATION: {
    meaning: 'A header of HTTP authentication is malformed (RFC 9110 §11, RFC 7616).',
    next: 'The offset in the message is where it breaks; its sender has to correct it.',
  },
  DATA_FORM: {
    meaning: 'The form of a registration for push messages is malformed or lacks RegId (DM 2.0 E.2.3).',
    next: 'Send application/x-www-form-urlencoded with the key RegId.',
  },
  DATA_SERVICE_ACCOUNT: {
    meaning:
      'A service account of Firebase Cloud Messaging cannot be used: a member is missing or its key is no RSA key.',
    next: 'Use the JSON file of the service account as it was downloaded.',
  },
  DATA_IMPORT: {
    meaning: 'A file of accounts has mistakes; nothing of it was imported.',
    next: 'Correct the rows and columns in the message; docs/server.md lists the columns.',
  },
  DATA_OUTPUT: {
    meaning: 'A row of an output file cannot be made or written in the form that the job asks for.',
    next: 'Change the column or the format in the job file; nothing was replaced on the disk.',
  },
  DATA_JOB: {
    meaning: 'A job file is unreadable, has an unknown or wrong entry, or entries that do not fit together.',
    next: 'Correct the lines in the message; docs/job.md lists every entry.',
  },
  DATA_TEMPLATE: {
    meaning: 'A text with fields is malformed, or a field in it has no value.',
    next: 'Write fields as ${name} and a plain ${ as $${; docs/job.md tells the rules.',
  },
  DATA_RECORDS: {
    meaning: 'An input of records has mistakes; nothing of it was loaded, and no card was touched.',
    next: 'Correct the rows and columns in the message; `simboot batch check` tells all of them.',
  },
  DATA_FILE_VALUE: {
    meaning: 'A value cannot become the content of an EF: wrong form, or too long for the file of the card.',
    next: 'Correct the value; docs/job.md lists what each codec takes.',
  },
  DATA_FARM_FRAME: {
    meaning:
      'What came over the socket of a farm of simulated readers is no frame, or no request, of its protocol.',
    next: 'Use the same version of simboot on both ends, and an address on which `simboot sim farm` listens.',
  },
  DATA_JOURNAL: {
    meaning:
      'A line of a journal, or a signed checkpoint, is not in the form that a line writes, or a file ends within one.',
    next: 'Export the journal again with `simboot journal export`; what a station wrote is never edited.',
  },
} as const;

export type DataErrorCode = keyof typeof DATA_ERRORS;

/** A document, file or recording cannot be read or breaks a rule: its author must act. */
export class DataError extends SimbootError {
  readonly kind = 'data';
  constructor(code: DataErrorCode, message: string, options?: ErrorOptions) {
    super(code, DATA_ERRORS[code], message, options);
  }
}
