/** What holds for any data: stored is what was sent, refused is nothing, and a step never changes the state it was given. */
import fc from 'fast-check';
import { decodeDmmo, type JsonObject, type JsonValue } from '../../src/mo/index.js';
import { type Device, device, inSession, json, text } from './device.js';

const MOID = 'urn:example:mo';
const DMMO = { contentType: 'application/dmmo+json' };
const name = fc.stringMatching(/^[A-Za-z0-9_.~-]{1,8}$/);
const leaf = fc.oneof(fc.string({ maxLength: 12, unit: 'grapheme' }), fc.integer(), fc.boolean());
const { content } = fc.letrec<{ node: JsonValue; content: JsonObject }>((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, leaf, tie('content')),
  content: fc.dictionary(name, tie('node'), { maxKeys: 4, noNullPrototype: true }),
}));

/** HGETs `body` and gives the status and the URIs of Package#3. */
function hget(it: Device, body: Uint8Array): { sc: number; URI?: string[] } {
  it.package2('{"CMD":[["HGET","https://dr.example.com/x"]]}');
  it.answer(body, DMMO);
  return (JSON.parse(text(it.request())) as { Status: { sc: number; URI?: string[] }[] }).Status[0]!;
}

test('what HGET stored, HPUT sends', () => {
  fc.assert(
    fc.property(name, content, (label, mo) => {
      const it = inSession();
      const { sc, URI } = hget(it, json([{ ClientURI: `${MOID}//`, MOData: { [label]: mo } }]));
      expect(sc).toBe(200);
      it.package2(JSON.stringify({ CMD: [['HPUT', 'https://dr.example.com/y', ...URI!]] }));
      const [object] = decodeDmmo(it.request().request.body!).objects;
      expect(Object.values(object!.moData)).toEqual([mo]);
      expect(object!.clientUri).toBe(URI![0]);
    }),
    { numRuns: 100 },
  );
});

test('a status from 400 on means the tree of before, octet for octet', () => {
  const object = fc.record({
    ClientURI: fc.oneof(
      fc.constantFrom(
        `${MOID}//`,
        `${MOID}/a/b`,
        'urn:oma:mo:oma-dm-devinfo:1.2//Lang',
        'urn:oma:mo:oma-dm-dmacc:1.2//',
        'x',
      ),
      fc.string({ maxLength: 10 }),
    ),
    MOData: fc.dictionary(name, fc.oneof(leaf, content), { maxKeys: 2, noNullPrototype: true }),
  });
  let refused = 0;
  fc.assert(
    fc.property(fc.array(object, { maxLength: 3 }), (objects) => {
      const it = inSession();
      const { tree } = it.state;
      const { sc } = hget(it, json(objects as JsonValue));
      if (sc < 400) return;
      refused++;
      expect(it.state.tree).toBe(tree);
    }),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(20);
});

test('a step does not change the state it was given', () => {
  const it = device();
  it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
  const frozen = deepFreeze(it.state);
  it.package2(
    '{"CMD":[["HGET","https://dr.example.com/x"],["SUB","https://a.example/","urn:oma:mo:oma-dm-devinfo:1.2//"]]}',
  );
  it.answer(json([{ ClientURI: `${MOID}//`, MOData: { a: { b: 1 } } }]), DMMO);
  expect(frozen.tree.instance(MOID, 'a')).toBeUndefined();
  expect(frozen.subscriptions).toEqual([]);
});

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value))
    return value;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
  return value;
}
