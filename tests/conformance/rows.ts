/**
 * The rows of Appendix B (DM 2.0, Static Conformance Requirements), in the order of its tables. What a row asks for is
 * said in our own words; identifiers are normalised (`DM-SEC-002- C-O` is `DM-SEC-002-C-O`), and rows are keyed by
 * table and identifier, because the tables of client and server use the same numbers.
 */

/** Identifier, clause, what it asks for, what else it needs (the column Requirement). */
type RowData = readonly [id: string, clause: string, asks: string, needs?: string];

const B_1_1: readonly RowData[] = [
  ['DM-PACK-001-C-M', '5.2', 'the flow of packages 0 to 3'],
  [
    'DM-PACK-002-C-O',
    '5.2.1',
    'Package#0, the notification',
    'DM-PACK-003-C-O and DM-PACK-004-C-O and one of DM-PACK-005-C-O to DM-PACK-010-C-O',
  ],
  ['DM-PACK-003-C-O', '5.2.1.1', 'header field VER'],
  ['DM-PACK-004-C-O', '5.2.1.1', 'header field OC'],
  ['DM-PACK-005-C-O', '5.2.1.2', 'option SERVER-ID'],
  ['DM-PACK-006-C-O', '5.2.1.2', 'option PREFERRED-CON-TYPE'],
  ['DM-PACK-007-C-O', '5.2.1.2', 'option NOTIFICATION-ID'],
  ['DM-PACK-008-C-O', '5.2.1.2', 'option SHA256-DIGEST'],
  ['DM-PACK-009-C-O', '5.2.1.2', 'option TIMESTAMP'],
  ['DM-PACK-010-C-O', '5.2.1.2', 'option REQ-MOS'],
  ['DM-PACK-011-C-M', '5.2.2', 'Package#1'],
  ['DM-PACK-012-C-M', '5.2.3', 'Package#2'],
  ['DM-PACK-013-C-M', '5.2.4', 'Package#3'],
  ['DM-PACK-014-C-M', '5.3', 'command HGET'],
  ['DM-PACK-015-C-M', '5.3', 'command HPUT'],
  ['DM-PACK-016-C-M', '5.3', 'command HPOST'],
  ['DM-PACK-017-C-M', '5.3', 'command DELETE'],
  ['DM-PACK-018-C-M', '5.3', 'command EXEC'],
  ['DM-PACK-019-C-O', '5.3', 'command GET'],
  ['DM-PACK-020-C-O', '5.3', 'command SHOW'],
  ['DM-PACK-021-C-M', '5.3', 'command CONT'],
  ['DM-PACK-022-C-M', '5.3', 'command END'],
  ['DM-PACK-023-C-O', '5.3', 'command DEFAULT'],
  ['DM-PACK-024-C-O', '5.3', 'command SUB', 'DM-PACK-025-C-O'],
  ['DM-PACK-025-C-O', '5.3', 'command UNSUB'],
  ['DM-PACK-026-C-M', '5.4', 'generic alerts'],
  ['DM-PACK-027-C-M', '5.4.1', 'reports within the answer'],
  ['DM-PACK-028-C-M', '5.4.1', 'reports later, as an alert'],
];

const B_1_2: readonly RowData[] = [
  ['DM-OBJ-001-C-M', '6.1', 'ClientURI'],
  ['DM-OBJ-002-C-O', '6.1', 'query, x-name and wildcard of a ClientURI'],
  ['DM-OBJ-003-C-M', '6.2', 'ServerURI'],
  ['DM-OBJ-004-C-M', '6.2', 'parameter DevID of a ServerURI'],
  ['DM-OBJ-005-C-M', '6.2', 'parameter MNC of a ServerURI'],
  ['DM-OBJ-006-C-M', '6.2', 'parameter MCC of a ServerURI'],
  ['DM-OBJ-007-C-M', '6.2', 'parameter CMNC of a ServerURI'],
  ['DM-OBJ-008-C-M', '6.2', 'parameter CMCC of a ServerURI'],
  ['DM-OBJ-009-C-M', '6.2', 'parameter SPName of a ServerURI'],
  ['DM-OBJ-010-C-M', '6.3', 'definition of a management object'],
  ['DM-OBJ-011-C-O', '6.3', 'any management object that follows the rules of definition'],
  ['DM-OBJ-012-C-M', '6.3.1.1', 'a command runs only with access rights on all of its nodes'],
  ['DM-OBJ-013-C-M', '6.4', 'DDF element MgmtTree'],
  ['DM-OBJ-014-C-M', '6.4', 'DDF element VerDTD'],
  ['DM-OBJ-015-C-O', '6.4', 'DDF element Man'],
  ['DM-OBJ-016-C-O', '6.4', 'DDF element Mod'],
  ['DM-OBJ-017-C-M', '6.4', 'DDF element Node'],
  ['DM-OBJ-018-C-M', '6.4', 'DDF element NodeName'],
  ['DM-OBJ-019-C-O', '6.4', 'DDF element Path'],
  ['DM-OBJ-020-C-O', '6.4', 'DDF element Value'],
  ['DM-OBJ-021-C-M', '6.4', 'DDF elements of the formats'],
  ['DM-OBJ-022-C-O', '6.4', 'DDF element MIME'],
  ['DM-OBJ-023-C-M', '6.4', 'DDF element DDFName'],
  ['DM-OBJ-024-C-M', '6.4', 'DDF element DFProperties'],
  ['DM-OBJ-025-C-M', '6.4', 'DDF element AccessType'],
  ['DM-OBJ-026-C-O', '6.4', 'DDF element DefaultValue'],
  ['DM-OBJ-027-C-O', '6.4', 'DDF element Description'],
  ['DM-OBJ-028-C-O', '6.4', 'DDF element DFFormat'],
  ['DM-OBJ-029-C-O', '6.4', 'DDF element Occurrence'],
  ['DM-OBJ-030-C-O', '6.4', 'DDF element Scope'],
  ['DM-OBJ-031-C-O', '6.4', 'DDF element DFTitle'],
  ['DM-OBJ-032-C-O', '6.4', 'DDF element DFType'],
  ['DM-OBJ-033-C-O', '6.4', 'DDF element CaseSense'],
];

const B_1_3: readonly RowData[] = [
  ['DM-SER-001-C-M', '7.1.1', 'Package#0 in binary form'],
  ['DM-SER-002-C-O', '7.1.2', 'Package#0 in another form'],
  ['DM-SER-003-C-M', '7.2.1', 'packages 1 to 3, management objects and alerts as JSON'],
  ['DM-SER-004-C-O', '7.2.2', 'another serialization of packages 1 to 3'],
];

const B_1_4: readonly RowData[] = [
  ['DM-BOOT-001-C-M', '8', 'at least one way of bootstrapping'],
  ['DM-BOOT-002-C-O', '8.1', 'bootstrap from the smartcard', 'DM-BOOT-010-C-O and DM-BOOT-012-C-O'],
  ['DM-BOOT-003-C-O', '8.2', 'bootstrap from the factory'],
  ['DM-BOOT-004-C-O', '8.3', 'bootstrap that the client asks for'],
  ['DM-BOOT-005-C-O', '8.4', 'bootstrap that the server sends'],
  [
    'DM-BOOT-006-C-O',
    '8.1, G',
    'bootstrap from the smartcard through a secure channel',
    'DM-BOOT-011-C-O and DM-SEC-013-C-O and DM-BOOT-012-C-O',
  ],
  ['DM-BOOT-007-C-M', '9.3', 'security of the bootstrap'],
  ['DM-BOOT-008-C-O', '8.1', 'a device that has a smartcard', 'DM-BOOT-002-C-O or DM-BOOT-006-C-O'],
  ['DM-BOOT-009-C-O', '8.1', 'the function is enabled, and the device has not rejected the smartcard'],
  ['DM-BOOT-010-C-O', '8.1', 'read the bootstrap from the smartcard and apply it, where 009 holds'],
  ['DM-BOOT-011-C-O', '8.1', 'the same through a secure channel'],
  ['DM-BOOT-012-C-O', '8.1', 'at start remove the servers that are no longer on the smartcard'],
];

const B_1_5: readonly RowData[] = [
  ['DM-SEC-001-C-M', '9.2.1', 'Basic authentication'],
  ['DM-SEC-002-C-O', '9.2.1', 'Digest authentication'],
  ['DM-SEC-003-C-M', '9.2.1', 'X.509 certificates'],
  ['DM-SEC-004-C-M', '9.2.2', 'at least one of X.509 and PSK'],
  ['DM-SEC-005-C-O', '9.2.2', 'TLS 1.0'],
  ['DM-SEC-006-C-M', '9.2.2', 'TLS 1.1'],
  ['DM-SEC-007-C-O', '9.2.2', 'TLS 1.2'],
  ['DM-SEC-008-C-O', '9.2.2', 'TLS with pre-shared keys', 'DM-SEC-009-C-O'],
  ['DM-SEC-009-C-O', '9.2.2', 'at least one of the seven suites with pre-shared keys'],
  ['DM-SEC-010-C-O', '9.2.2', 'TLS with X.509', 'DM-SEC-011-C-O'],
  ['DM-SEC-011-C-O', '9.2.2', 'at least one of the six suites with X.509'],
  ['DM-SEC-012-C-M', '9.2.2', 'accept only a server that uses TLS 1.0, 1.1 or 1.2'],
  ['DM-SEC-013-C-O', '8', 'secure channel to the smartcard', 'DM-SEC-014-C-O'],
  ['DM-SEC-014-C-O', '8.1, G', 'that secure channel is SCP03 of GlobalPlatform'],
];

const B_1_6: readonly RowData[] = [
  ['DM-MEC-001-C-O', '10', 'access control', 'DM-STDOBJ-003-C-O'],
  ['DM-MEC-002-C-O', '11', 'cache of management objects'],
  [
    'DM-MEC-003-C-O',
    'E',
    'at least one way of being notified',
    'DM-MEC-004-C-O or DM-MEC-005-C-O or DM-MEC-006-C-O',
  ],
  ['DM-MEC-004-C-O', 'E.1', 'connectionless WAP push'],
  ['DM-MEC-005-C-O', 'E.2', 'Google Cloud Messaging'],
  ['DM-MEC-006-C-O', 'E.3', 'another way of being notified'],
];

const B_1_7: readonly RowData[] = [
  ['DM-STDOBJ-001-C-M', '12.1', 'management object DevInfo'],
  ['DM-STDOBJ-002-C-M', '12.2', 'management object DM Account'],
  ['DM-STDOBJ-003-C-O', '12.3', 'management object Delegation Access Control'],
  ['DM-STDOBJ-004-C-M', '12.4', 'management object Session Information'],
];

const B_2_1: readonly RowData[] = [
  ['DM-PACK-001-S-M', '5.2', 'the flow of packages 0 to 3'],
  ['DM-PACK-002-S-M', '5.2.1', 'Package#0, the notification'],
  ['DM-PACK-003-S-M', '5.2.1.1', 'header field VER'],
  ['DM-PACK-004-S-M', '5.2.1.1', 'header field OC'],
  ['DM-PACK-005-S-M', '5.2.1.2', 'option SERVER-ID'],
  ['DM-PACK-006-S-M', '5.2.1.2', 'option PREFERRED-CON-TYPE'],
  ['DM-PACK-007-S-M', '5.2.1.2', 'option NOTIFICATION-ID'],
  ['DM-PACK-008-S-M', '5.2.1.2', 'option SHA256-DIGEST'],
  ['DM-PACK-009-S-M', '5.2.1.2', 'option TIMESTAMP'],
  ['DM-PACK-010-S-M', '5.2.1.2', 'option REQ-MOS'],
  ['DM-PACK-011-S-M', '5.2.2', 'Package#1'],
  ['DM-PACK-012-S-M', '5.2.3', 'Package#2'],
  ['DM-PACK-013-S-M', '5.2.4', 'Package#3'],
  ['DM-PACK-014-S-M', '5.3', 'command HGET'],
  ['DM-PACK-015-S-M', '5.3', 'command HPUT'],
  ['DM-PACK-016-S-M', '5.3', 'command HPOST'],
  ['DM-PACK-017-S-M', '5.3', 'command DELETE'],
  ['DM-PACK-018-S-M', '5.3', 'command EXEC'],
  ['DM-PACK-019-S-M', '5.3', 'command GET'],
  ['DM-PACK-020-S-M', '5.3', 'command SHOW'],
  ['DM-PACK-021-S-M', '5.3', 'command CONT'],
  ['DM-PACK-022-S-M', '5.3', 'command END'],
  ['DM-PACK-023-S-M', '5.3', 'command DEFAULT'],
  ['DM-PACK-024-S-O', '5.3', 'command SUB', 'DM-PACK-025-S-O'],
  ['DM-PACK-025-S-O', '5.3', 'command UNSUB'],
  ['DM-PACK-026-S-M', '5.4', 'generic alerts'],
  ['DM-PACK-027-S-M', '5.4.1', 'reports within the answer'],
  ['DM-PACK-028-S-M', '5.4.1', 'reports later, as an alert'],
  ['DM-PACK-029-S-O', '5.5', 'HTTP header OMADM-Accept'],
];

const B_2_2: readonly RowData[] = [
  ['DM-OBJ-001-S-M', '6.1', 'ClientURI'],
  ['DM-OBJ-002-S-M', '6.1', 'query, x-name and wildcard of a ClientURI'],
  ['DM-OBJ-003-S-M', '6.2', 'ServerURI'],
  ['DM-OBJ-004-S-M', '6.2', 'parameter DevID of a ServerURI'],
  ['DM-OBJ-005-S-M', '6.2', 'parameter MNC of a ServerURI'],
  ['DM-OBJ-006-S-M', '6.2', 'parameter MCC of a ServerURI'],
  ['DM-OBJ-007-S-M', '6.2', 'parameter CMNC of a ServerURI'],
  ['DM-OBJ-008-S-M', '6.2', 'parameter CMCC of a ServerURI'],
  ['DM-OBJ-009-S-M', '6.2', 'parameter SPName of a ServerURI'],
  ['DM-OBJ-010-S-M', '6.3', 'definition of a management object'],
  ['DM-OBJ-011-S-O', '6.3', 'any management object that follows the rules of definition'],
  ['DM-OBJ-012-S-M', '6.4', 'DDF element MgmtTree'],
  ['DM-OBJ-013-S-M', '6.4', 'DDF element VerDTD'],
  ['DM-OBJ-014-S-O', '6.4', 'DDF element Man'],
  ['DM-OBJ-015-S-O', '6.4', 'DDF element Mod'],
  ['DM-OBJ-016-S-M', '6.4', 'DDF element Node'],
  ['DM-OBJ-017-S-M', '6.4', 'DDF element NodeName'],
  ['DM-OBJ-018-S-O', '6.4', 'DDF element Path'],
  ['DM-OBJ-019-S-O', '6.4', 'DDF element Value'],
  ['DM-OBJ-020-S-M', '6.4', 'DDF elements of the formats'],
  ['DM-OBJ-021-S-O', '6.4', 'DDF element MIME'],
  ['DM-OBJ-022-S-M', '6.4', 'DDF element DDFName'],
  ['DM-OBJ-023-S-M', '6.4', 'DDF element DFProperties'],
  ['DM-OBJ-024-S-M', '6.4', 'DDF element AccessType'],
  ['DM-OBJ-025-S-O', '6.4', 'DDF element DefaultValue'],
  ['DM-OBJ-026-S-O', '6.4', 'DDF element Description'],
  ['DM-OBJ-027-S-O', '6.4', 'DDF element DFFormat'],
  ['DM-OBJ-028-S-O', '6.4', 'DDF element Occurrence'],
  ['DM-OBJ-029-S-O', '6.4', 'DDF element Scope'],
  ['DM-OBJ-030-S-O', '6.4', 'DDF element DFTitle'],
  ['DM-OBJ-031-S-O', '6.4', 'DDF element DFType'],
  ['DM-OBJ-032-S-O', '6.4', 'DDF element CaseSense'],
];

const B_2_3: readonly RowData[] = [
  ['DM-SER-001-S-M', '7.1.1', 'Package#0 in binary form'],
  ['DM-SER-002-S-O', '7.1.2', 'Package#0 in another form'],
  ['DM-SER-003-S-M', '7.2.1', 'packages 1 to 3, management objects and alerts as JSON'],
  ['DM-SER-004-S-O', '7.2.2', 'another serialization of packages 1 to 3', 'DM-PACK-029-S-O'],
];

const B_2_4: readonly RowData[] = [['DM-BOOT-001-S-M', '8.4', 'bootstrap that the server sends']];

const B_2_5: readonly RowData[] = [
  ['DM-SEC-001-S-M', '9.2.1', 'Basic authentication'],
  ['DM-SEC-002-S-M', '9.2.1', 'Digest authentication'],
  ['DM-SEC-003-S-M', '9.2.1', 'X.509 certificates'],
  ['DM-SEC-004-S-M', '9.2.2', 'X.509 and PSK'],
  ['DM-SEC-005-S-O', '9.2.2', 'TLS 1.0'],
  ['DM-SEC-006-S-M', '9.2.2', 'TLS 1.1'],
  ['DM-SEC-007-S-O', '9.2.2', 'TLS 1.2'],
  ['DM-SEC-008-S-M', '9.2.2', 'TLS with pre-shared keys'],
  ['DM-SEC-009-S-M', '9.2.2', 'the seven suites with pre-shared keys'],
  ['DM-SEC-010-S-M', '9.2.2', 'TLS with X.509'],
  ['DM-SEC-011-S-M', '9.2.2', 'the six suites with X.509'],
];

const B_2_6: readonly RowData[] = [
  ['DM-MEC-001-S-M', '10', 'access control'],
  ['DM-MEC-002-S-O', '11', 'cache of management objects'],
  ['DM-MEC-004-S-M', 'E.1', 'connectionless WAP push'],
  ['DM-MEC-004-S-O', 'E.2', 'Google Cloud Messaging'],
  ['DM-MEC-005-C-O', 'E.3', 'another way of notifying'],
];

const B_2_7: readonly RowData[] = [
  ['DM-STDOBJ-001-S-M', '12.1', 'management object DevInfo'],
  ['DM-STDOBJ-002-S-M', '12.2', 'management object DM Account'],
  ['DM-STDOBJ-003-S-M', '12.3', 'management object Delegation Access Control'],
  ['DM-STDOBJ-004-S-M', '12.4', 'management object Session Information'],
];

/** The tables, by their clause. */
export const TABLES = {
  'B.1.1': ['Client: packages', B_1_1],
  'B.1.2': ['Client: objects', B_1_2],
  'B.1.3': ['Client: serialization', B_1_3],
  'B.1.4': ['Client: bootstrap', B_1_4],
  'B.1.5': ['Client: security', B_1_5],
  'B.1.6': ['Client: mechanisms', B_1_6],
  'B.1.7': ['Client: standard objects', B_1_7],
  'B.2.1': ['Server: packages', B_2_1],
  'B.2.2': ['Server: objects', B_2_2],
  'B.2.3': ['Server: serialization', B_2_3],
  'B.2.4': ['Server: bootstrap', B_2_4],
  'B.2.5': ['Server: security', B_2_5],
  'B.2.6': ['Server: mechanisms', B_2_6],
  'B.2.7': ['Server: standard objects', B_2_7],
} as const satisfies Readonly<Record<string, readonly [title: string, rows: readonly RowData[]]>>;

/** Where the text of Appendix B is odd, and how the row is read. */
export const REMARKS: Readonly<Record<string, string>> = {
  'B.1.4 DM-BOOT-006-C-O': 'cites Appendix G; the secure channel is in Appendix H',
  'B.1.5 DM-SEC-013-C-O': 'the text ends its identifier with a zero, here and where it is cited',
  'B.1.5 DM-SEC-014-C-O': 'cites Appendix G; the secure channel is in Appendix H',
  'B.1.7 DM-STDOBJ-003-C-O': 'cites §12.2.1; the object is in §12.3',
  'B.2.7 DM-STDOBJ-003-S-M': 'cites §12.2.1; the object is in §12.3',
  'B.2.4 DM-BOOT-001-S-M': 'cites section 0; server-initiated bootstrap is in §8.4',
  'B.2.6 DM-MEC-004-S-M':
    'number 003 is missing, 004 stands twice; Appendix E.1 says MAY, the row is mandatory',
  'B.2.6 DM-MEC-004-S-O': 'the second row with number 004',
  'B.2.6 DM-MEC-005-C-O': 'the text names a row of the server C-O',
};

/** Rows whose content the text leaves open: an extension point, proven with a plug-in of the tests. */
export const EXTENSION_POINTS: ReadonlySet<string> = new Set([
  'B.1.3 DM-SER-002-C-O',
  'B.1.3 DM-SER-004-C-O',
  'B.1.6 DM-MEC-006-C-O',
  'B.2.3 DM-SER-002-S-O',
  'B.2.3 DM-SER-004-S-O',
  'B.2.6 DM-MEC-005-C-O',
]);
