/** Generic Alerts of DM 1.x: the example of §13.1 both ways, and what is refused. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { alertsFromDm1, type Dm1AlertOptions } from '../../src/dm/interworking/index.js';
import { decodePackage3, encodePackage3 } from '../../src/dm/packages/index.js';
import { SimbootError } from '../../src/errors/index.js';

const item = (component: string) => `<Item>
  <Source><LocURI>
   ./SCM/Inventory/Delivered/Package456/Operations/Install
  </LocURI></Source>
  <Target><LocURI>./SCM/Inventory/Deployed/${component}</LocURI></Target>
  <Meta>
   <Type xmlns="syncml:metinf">
    urn:oma:at:scomo:1.0:OperationComplete
   </Type>
   <Format xmlns="syncml:metinf">xml</Format>
   <Mark xmlns="syncml:metinf">warning</Mark>
  </Meta>
  <Data>
   <![CDATA[
    <ResultCode>1200</ResultCode> <!-- SCOMO Result Code -->
    <Identifier>${component}ID</Identifier>
   ]]>
  </Data>
 </Item>`;

/** §13.1, typed in. */
const EXAMPLE = `<Alert>
 <CmdID>2</CmdID>
 <Data>1226</Data>                               <!-- Generic Alert -->
 <Correlator>correlator1</Correlator>
 ${item('Component1')}
 ${item('Component2')}
</Alert>`;

/** Where the nodes of the example are in DM 2.0. */
const MOVED: Readonly<Record<string, string>> = {
  './SCM/Inventory/Delivered/Package456/Operations/Install':
    'urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1/Operations/DownloadInstall',
  './SCM/Inventory/Deployed/Component1': 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/Component1',
  './SCM/Inventory/Deployed/Component2': 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/Component2',
};
const options: Dm1AlertOptions = { clientUri: (locUri) => MOVED[locUri] };
const convert = (xml: string, more: Partial<Dm1AlertOptions> = {}) =>
  alertsFromDm1(encodeUtf8(xml), { ...options, ...more });
const failure = (act: () => unknown): SimbootError => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const common = (component: string) => ({
  alertType: 'urn:oma:at:scomo:1.0:OperationComplete',
  sourceUri: 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1/Operations/DownloadInstall',
  targetUri: `urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/${component}`,
  mark: 'warning',
});

describe('the example of §13.1', () => {
  test('converted to JSON', () => {
    const { alerts, findings } = convert(EXAMPLE, { carry: 'json' });
    const expected = ['Component1', 'Component2'].map((component) => ({
      ...common(component),
      dataType: 'application/json',
      data: { ResultCode: 1200, Identifier: `${component}ID` },
    }));
    expect([alerts, findings]).toEqual([expected, []]);
  });

  test('as it is under DM1x, without CDATA', () => {
    const { alerts, findings } = convert(EXAMPLE);
    // The page shows both with the identifier of the first, and with other white space between the elements.
    const expected = ['Component1', 'Component2'].map((component) => ({
      ...common(component),
      dataType: 'text/xml',
      data: {
        DM1x: `<ResultCode>1200</ResultCode> <!-- SCOMO Result Code -->\n    <Identifier>${component}ID</Identifier>`,
      },
    }));
    expect([alerts, findings]).toEqual([expected, []]);
  });

  test('goes into Package#3 and comes back', () => {
    const { alerts } = convert(EXAMPLE);
    const bytes = encodePackage3({ statuses: [], alerts });
    expect(decodePackage3(bytes)).toEqual({ value: { statuses: [], alerts }, findings: [] });
  });
});

const one = (inner: string) => `<Alert><Data>1226</Data><Item><Meta><Type>t</Type>${inner}</Item></Alert>`;
const dataOf = (inner: string, carry: 'raw' | 'json' = 'raw') => {
  const [alert] = convert(one(inner), { carry }).alerts;
  return [alert!.dataType, alert!.data];
};

describe('data', () => {
  test.each<[string, unknown[]]>([
    ['</Meta>', [undefined, undefined]],
    ['<Format>int</Format></Meta><Data> 1404 </Data>', ['int', { DM1x: 1404 }]],
    ['<Format>int</Format></Meta><Data>007</Data>', ['int', { DM1x: '007' }]],
    ['<Format>bool</Format></Meta><Data>true</Data>', ['bool', { DM1x: true }]],
    ['<Format>bool</Format></Meta><Data>yes</Data>', ['bool', { DM1x: 'yes' }]],
    ['<Format>float</Format></Meta><Data>1.5</Data>', ['float', { DM1x: 1.5 }]],
    ['<Format>chr</Format></Meta><Data>1404</Data>', ['text/plain', { DM1x: '1404' }]],
    ['<Format>b64</Format></Meta><Data>AAE=</Data>', ['application/octet-stream', { DM1x: 'AAE=' }]],
    ['<Format>constructor</Format></Meta><Data>x</Data>', ['text/plain', { DM1x: 'x' }]],
    ['</Meta><Data/>', ['text/plain', { DM1x: '' }]],
    [
      '<Format>xml</Format></Meta><Data><p:a xmlns:p="urn:p"/></Data>',
      ['text/xml', { DM1x: '<p:a xmlns:p="urn:p"/>' }],
    ],
    [
      '<Format>xml</Format></Meta><Data>&lt;a&gt;&amp;amp;&lt;/a&gt;</Data>',
      ['text/xml', { DM1x: '<a>&amp;</a>' }],
    ],
    [
      '<Format>xml</Format></Meta><Data><a x="1 &lt; &quot;2&quot;">b &amp; c<!-- d --><e></e></a></Data>',
      ['text/xml', { DM1x: '<a x="1 &lt; &quot;2&quot;">b &amp; c<!-- d --><e/></a>' }],
    ],
  ])('%s', (inner, expected) => {
    expect(dataOf(inner)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['<a>1</a><a>x</a><b><c>-2.5</c></b>', { a: [1, 'x'], b: { c: -2.5 } }],
    ['<a>01</a><b> 1e3 </b><c>12345678901234567890</c>', { a: '01', b: '1e3', c: '12345678901234567890' }],
    ['<a><![CDATA[<x>]]></a><b/>', { a: '<x>', b: '' }],
  ])('%s as JSON', (xml, data) => {
    expect(dataOf(`</Meta><Data>${xml}</Data>`, 'json')).toEqual(['application/json', data]);
  });

  test('names of the prototype are members like others', () => {
    const [, data] = dataOf('</Meta><Data><__proto__>1</__proto__></Data>', 'json');
    expect(Object.entries(data as object)).toEqual([['__proto__', 1]]);
  });

  test('what is no XML is carried as it is, and told', () => {
    for (const content of ['plain', '<![CDATA[<a>]]>']) {
      const { alerts, findings } = convert(one(`</Meta><Data>${content}</Data>`), { carry: 'json' });
      expect(alerts[0]!.dataType).toBe('text/plain');
      expect(findings).toMatchObject([{ code: 'ALERT_DATA', where: 'Item 1' }]);
    }
  });
});

describe('what is tolerated', () => {
  test('addresses without a ClientURI, and marks that §5.4 does not have, are left out and told', () => {
    const xml = one('<Mark>severe</Mark></Meta><Source><LocURI>./Other</LocURI></Source>');
    const { alerts, findings } = convert(xml);
    expect(alerts).toEqual([{ alertType: 't' }]);
    expect(findings.map(({ code }) => code)).toEqual(['ALERT_URI', 'ALERT_MARK']);
  });

  test('prefixes', () => {
    const xml = `<s:Alert xmlns:s="SYNCML:SYNCML1.2"><s:Data>1226</s:Data><s:Item><s:Meta><m:Type xmlns:m="syncml:metinf">t</m:Type></s:Meta></s:Item></s:Alert>`;
    expect(convert(xml).alerts).toEqual([{ alertType: 't' }]);
  });
});

describe('what is refused', () => {
  const start = '<Alert><Data>1226</Data>';
  const rest = '<Item><Meta><Type>t</Type></Meta></Item></Alert>';
  test.each([
    ['nothing', '', 'DATA_ALERT_XML', /not well-formed/],
    ['text', 'x', 'DATA_ALERT_XML', /not well-formed/],
    ['an element left open', `${start}<Item>`, 'DATA_ALERT_XML', /not well-formed/],
    ['two roots', `${start}${rest}<Alert/>`, 'DATA_ALERT_XML', /not well-formed/],
    ['another element', '<Status><Data>1226</Data></Status>', 'DATA_ALERT_XML', /no Alert/],
    ['another alert code', `<Alert><Data>1201</Data>${rest}`, 'DATA_ALERT_XML', /not 1226/],
    ['no item', `${start}</Alert>`, 'DATA_ALERT_XML', /no Item/],
    ['an item without type', `${start}<Item><Meta/></Item></Alert>`, 'DATA_ALERT_XML', /no Meta.Type/],
    ['a document type', `<!DOCTYPE Alert>${start}${rest}`, 'DATA_ALERT_XML', /document type/],
    [
      'an entity of its own',
      `<!DOCTYPE a [<!ENTITY b "c">]>${start}${rest}`,
      'DATA_ALERT_XML',
      /document type/,
    ],
    ['an entity that nobody declares', `${start}&a;${rest}`, 'DATA_ALERT_XML', /not well-formed/],
    [
      'a processing instruction',
      `<?xml-stylesheet href="x"?>${start}${rest}`,
      'DATA_ALERT_XML',
      /processing/,
    ],
    ['a prefix that is not declared', `${start}<x:Item/>${rest}`, 'DATA_ALERT_XML', /not well-formed/],
    ['33 levels', `${'<Alert>'.repeat(33)}${'</Alert>'.repeat(33)}`, 'DATA_LIMIT', /deeper than 32/],
    ['10001 nodes', `<Alert>${'<a/>'.repeat(10_000)}</Alert>`, 'DATA_LIMIT', /10000 nodes/],
    ['65537 octets', `<Alert>${' '.repeat(65_537 - 15)}</Alert>`, 'DATA_LIMIT', /65536 octets/],
  ])('%s', (_, xml, code, message) => {
    const error = failure(() => convert(xml));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });

  test('line and column are told, the input is not quoted', () => {
    const error = failure(() => convert('<Alert>\n <Data>secret</Date>'));
    expect(error.details).toEqual({ line: 2, column: expect.any(Number) });
    expect(error.message).not.toContain('secret');
  });
});
