/** Documents written by hand from the clauses, for the tests of this room and of the bootstrap room. */

/** Every node of DM 2.0 §12.2. Base64: AA== 00, aWQ= "id", AAECAw== 00010203, ZGF0YQ== "data". */
export const COMPLETE_DMACC_TEXT =
  '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2/dms1/","MOData":{"dms1":{' +
  '"SrvID":"dm.example.com","SrvURI":"https://dm.example.com:8443/dm","Name":"Example operator",' +
  '"Perm":{"1":{"MOID":"urn:oma:mo:oma-dm-devinfo:1.2"},"2":{"MOID":"*"}},' +
  '"Auth":{"Bootstrap":{"ServerURI":"https://bs.example.com","SecMode":"AA==","ClientPubKey":"aWQ=",' +
  '"ServerPubKey":"aWQ=","ClientSecretKey":"AAECAw=="},' +
  '"Noti":{"Type":0,"Data":"ZGF0YQ==","Secret":"AAECAw=="},"Trsp":{"Data":"aWQ=","Secret":"AAECAw=="}},' +
  '"Push":{"GCM":{"SenderID":"4815162342","RegURI":"https://dm.example.com/register",' +
  '"UnRegURI":"https://dm.example.com/unregister","RegParams":"a=1&b=2","Ext":{"Vendor":{"Retry":3}}},' +
  '"Ext":{"Channel":"x"}},"Ext":{"Vendor":{"Colour":"red"}}}}}]';

/** The example of DM 2.0 §7.2.1.4: MOID without `urn:` and in version 1.0, root labelled DevInfo. */
export const DEVINFO_EXAMPLE_TEXT = `[
 {
  "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf",
  "ClientURI": "oma:mo:oma-dm-devinfo:1.0//",
  "CV": "686897696a7c876b7e",
  "MOData": {
   "DevInfo": {
    "DevID": "IMEI:493005100592800",
    "Man": "Vendor",
    "Mod": "DM_Client",
    "DmV": "2.0",
    "Lang": "en",
    "DevType": "smartphone",
    "OEM": "",
    "FwV": "android4.0.4",
    "SwV": "Vendor1.2",
    "HwV": ""
   }
  }
 }
]`;
