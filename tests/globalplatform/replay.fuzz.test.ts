/** 100,000 damaged recordings of a secure channel session. */
import fc from 'fast-check';
import { SimbootError } from '../../src/errors/index.js';
import { replayScp03 } from '../../src/globalplatform/index.js';
import { casesOf } from '../crypto/vectors.js';

test('damaged files give typed errors only', async () => {
  const seed = Buffer.from(JSON.stringify(casesOf('session').find(({ id }) => id === 'gppro-jcop4-01')));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(seed.length - 1), fc.integer({ min: 32, max: 126 })), {
        minLength: 1,
        maxLength: 3,
      }),
      async (changes) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, octet] of changes) bytes[at] = octet;
        try {
          await replayScp03(bytes);
        } catch (error) {
          if (!(error instanceof SimbootError)) throw error;
        }
      },
    ),
    { numRuns: 100_000 },
  );
});
