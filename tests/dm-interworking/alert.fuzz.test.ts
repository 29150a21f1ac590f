/** 100,000 damaged alerts of DM 1.x. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { alertsFromDm1 } from '../../src/dm/interworking/index.js';
import { fuzz } from '../support/fuzz.js';

const ALERT =
  '<Alert><Data>1226</Data><Item><Meta><Type>t</Type></Meta><Data><![CDATA[<a>1</a>]]><b x="&lt;">2<!--c--></b></Data></Item></Alert>';

test.each(['raw', 'json'] as const)(
  'carried as %s',
  (carry) => {
    const { accepted, refused } = fuzz(
      (bytes) => alertsFromDm1(bytes, { clientUri: (locUri) => locUri, carry }),
      [encodeUtf8(ALERT)],
    );
    expect(accepted + refused).toBe(100_000);
    expect(Math.min(accepted, refused)).toBeGreaterThan(0);
  },
  60_000,
);
