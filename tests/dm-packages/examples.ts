/** The examples of DM 2.0 §7.2.1, Appendices F and I, typed in; line breaks that the page needed inside strings are gone. */
import { encodeUtf8 } from '../../src/bytes/index.js';

/** Lines of a document, ended with CRLF as HTTP bodies of the examples are. */
export const lines = (...text: string[]): Uint8Array => encodeUtf8(text.join('\r\n'));

const scomoAlert = (component: string) => `  {
   "AlertType": "urn:oma:at:scomo:1.0:OperationComplete",
   "SourceURI": "urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1/Operations/DownloadInstall",
   "TargetURI": "urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/${component}",
   "Mark": "warning",
   "DataType": "text/xml",
   "Data": {
    "DM1x": "<ResultCode>1200</ResultCode>          <!-- SCOMO Result Code --><Identifier>Component1ID</Identifier>"
   }
  }`;

/** What each alert of §7.2.1.1 and §7.2.1.5 says. */
export const scomoAlertValue = (component: string) => ({
  alertType: 'urn:oma:at:scomo:1.0:OperationComplete',
  sourceUri: 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1/Operations/DownloadInstall',
  targetUri: `urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/${component}`,
  mark: 'warning',
  dataType: 'text/xml',
  data: {
    DM1x: '<ResultCode>1200</ResultCode>          <!-- SCOMO Result Code --><Identifier>Component1ID</Identifier>',
  },
});

/** §7.2.1.1. */
export const PACKAGE1 = encodeUtf8(`{
 "MOS": [
  {
   "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf",
   "MOID": "urn:oma:mo:oma-dm-devinfo:1.0",
   "MIID": ["miid1"]
  },
  {
   "DDF": "http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf",
   "MOID": "urn:oma:mo:oma-sessioninfomo:1.0",
   "MIID": ["miid1"]
  }
 ],
 "Alert": [
${scomoAlert('Component1')},
${scomoAlert('Component2')}
 ]
}`);

/** §7.2.1.2. */
export const PACKAGE2 = encodeUtf8(`{
 "CMD": [
  ["HPOST",
   "https://DMcontent.DMserver.operator.com/[DevID]", 
   "urn:oma:mo:oma-dm-devinfo:1.0//",
   "urn:oma:mo:oma-sessioninfomo:1.0//"],
  ["HGET", "https://DMcontent.DMserver.operator.com/new_mo"],
  ["GET", "urn:oma:mo:oma-sessioninfomo:1.0//CBT"]
 ]
}`);

/** §7.2.1.3. */
export const PACKAGE3 = encodeUtf8(`{
 "Status": [
  {"sc": 200},
  {"sc": 200, "URI": ["urn:oma:mo:oma-mo:1.0/miid1/", "urn:oma:mo:oma-mo:1.0/miid2/"]},
  {"sc": 200}
 ],
 "Alert": [
  {
   "AlertType": "urn:oma:at:dcmo:1.0:OperationComplete",
   "SourceURI": "urn:oma:mo:oma-dcmo:1.0/Capability123/Operations/Enable",
   "Mark": "warning",
   "DataType": "int",
   "Data": {
    "DM1x": 1404
   }
  }
 ]
}`);

/** §7.2.1.5. */
export const ALERTS = encodeUtf8(`{
 "Alert": [
${scomoAlert('Component1')},
${scomoAlert('Component2')}
 ]
}`);

/** Appendix F: the commands, and the response with its boundary as it should be. */
export const APPENDIX_F_COMMANDS = encodeUtf8(`{
 "CMD": [
  ["GET", "urn:oma:mo:oma-dm-devinfo:1.2//DevID"],
  ["GET", "urn:oma:mo:oma-dm-devinfo:1.2//DevID"],
  ["GET", "urn:oma:mo:oma-sessioninfomo:1.0//"],
  ["HPUT", "http://www.data.com/MOData", "urn:oma:mo:oma-moid:1.0//"],
  ["GET", "urn:oma:mo:invalid-moid:1.0//"],
  ["HGET", "http://www.dms1.com/","urn:oma:mo:oma-dm-dmacc:2.0/dms1/AuthNoti/AuthSecret"]
 ]
}`);

export const APPENDIX_F = lines(
  '--simple_boundary',
  'Content-Disposition: form-data',
  'Content-Type: application/vnd.oma.dm.response+json',
  '',
  '{',
  ' "Status": [',
  '  200,',
  '  200,',
  '  200,',
  '  200,',
  '  404,',
  '  200',
  ' ]',
  '}',
  '--simple_boundary',
  'Content-Disposition: form-data; name="0"',
  'Content-Type: text/plain',
  '',
  'IMEI:493005100592800',
  '--simple_boundary',
  'Content-Disposition: form-data; name="1"',
  'Content-Type: application/dmmo+json',
  '',
  '{',
  ' "DDF": "http://www.vendor.com/DDF/oma-dm-devinfo1.2.ddf",',
  ' "ClientURI": "urn:oma:mo:oma-dm-devinfo:1.2//DevID",',
  ' "MOData": {',
  '  "DevID": "IMEI:493005100592800"',
  ' }',
  '}',
  '--simple_boundary',
  'Content-Disposition: form-data; name="2"',
  'Content-Type: application/dmmo+json',
  '',
  '{',
  ' "DDF": "http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf",',
  ' "ClientURI": "urn:oma:mo:oma-sessioninfomo:1.0//",',
  ' "MOData": {',
  '  "SessionInfoMO": {',
  '   "CBT": 1,',
  '   "ROAMING": 0',
  '  }',
  ' }',
  '}',
  '--simple_boundary--',
);

/** I.1: the boundary of the header is not the one of most lines, and the second part is no JSON. */
export const APPENDIX_I1 = lines(
  '--boundary',
  'Content-Disposition: form-data',
  'Content-Type: application/vnd.oma.dm.response+json',
  '',
  '{',
  ' "Status": [',
  '  200,',
  '  200',
  ' ]',
  '}',
  '--simple_boundary',
  'Content-Disposition: form-data; name="0"',
  'Content-Type: application/dmmo+json',
  '',
  '[',
  ' {',
  '   "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf",',
  '  "ClientURI": "oma:mo:oma-dm-devinfo:1.0//",',
  '  "MOData": {',
  '   "DevInfo": {',
  '    "DevID": "IMEI:493005100592800",',
  '    "Man": "Vendor",',
  '    "Mod": "DM_Client",',
  '    "DmV": "2.0",',
  '    "Lang": "en",',
  '    "DevType": "smartphone",',
  '    "OEM": "",',
  '    "FwV": "android4.0.4",',
  '    "SwV": "Vendor1.2",',
  '    "HwV": ""',
  '   }',
  '  }',
  ' }',
  ']',
  '--simple_boundary',
  'Content-Disposition: form-data; name="1"',
  'Content-Type: application/dmmo+json',
  '',
  '{',
  ' {',
  '  "DDF": "http://www.vendor.com/DDF/oma-scomo1.0.ddf",',
  '  "ClientURI": "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/pkg1/ID",',
  '  "MOData": {',
  '   "ID": "pkg1_id"',
  '  }',
  ' },',
  ' {',
  '  "DDF": "http://www.vendor.com/DDF/oma-scomo1.0.ddf",',
  '  "ClientURI": "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/pkg2/ID",',
  '  "MOData": {',
  '   "ID": "pkg2_id"',
  '  }',
  ' }',
  '}',
  '--simple_boundary--',
);
