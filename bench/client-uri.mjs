/**
 * ClientURIs resolved per second of processor time, by the kind of address, on trees of 1,000, 10,000 and 100,000 nodes.
 * Each ClientURI is read and resolved; medians of several rounds. Needs a build.
 */
const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const { resolveClientUri } = await import(`${dist}/src/dm/index.js`);
const { treeFromDmmo } = await import(`${dist}/src/mo/index.js`);

const SIZES = [1_000, 10_000, 100_000];
const ROUNDS = 5;
const MILLISECONDS = 300;
const MOID = 'urn:example:bench:1.0';
/** Nodes of one entry: itself and four leaves. */
const ENTRY = 5;

const results = SIZES.map((nodes) => {
  const entries = Math.floor(nodes / 2 / ENTRY);
  const tree = treeFromDmmo([group(entries), ...instances(entries)], []);
  const middle = Math.floor(entries / 2);
  const changed = (n) =>
    tree.withNode(
      { moid: MOID, miid: 'group', path: ['Items', `i${n % entries}`, 'State'] },
      { kind: 'leaf', value: `s${n}` },
    );
  const contenders = {
    path: (n) => resolve(tree, `${MOID}/group/Items/i${n % entries}/Value`, 1),
    nodeByValue: (n) => resolve(tree, `${MOID}/group/Items/(x)/Value?nv=(x)/ID:id${n % entries}`, 1),
    instanceByValue: (n) => resolve(tree, `${MOID}.m/(x)/Value?nv=(x)/ID:id${n % entries}`, 1),
    wildcardOfTen: (n) => resolve(tree, `${MOID}/group/Tens/t${n % 10}/*`, 10),
    wildcardOfAll: () => resolve(tree, `${MOID}/group/Items/*/Value`, entries),
    nodeByValueAfterChange: (n) =>
      resolve(changed(n), `${MOID}/group/Items/(x)/Value?nv=(x)/ID:id${middle}`, 1),
  };
  const perSecond = Object.fromEntries(Object.entries(contenders).map(([name, run]) => [name, median(run)]));
  return { nodes: tree.count, perSecond };
});
const [small, , large] = results;
const growth = Object.fromEntries(
  Object.keys(small.perSecond).map((name) => [name, round(small.perSecond[name] / large.perSecond[name])]),
);
console.log(JSON.stringify({ node: process.version, results, slowerOnHundredfold: growth }));

function resolve(tree, uri, expected) {
  const { nodes } = resolveClientUri(tree, uri);
  if (nodes.length !== expected) throw new Error(`${uri}: ${nodes.length} nodes, expected ${expected}`);
}

function entry(n) {
  return { ID: `id${n}`, Value: n, State: 'on', Note: 'x' };
}

/** One instance with half of the nodes in one group. */
function group(entries) {
  const Items = Object.fromEntries(Array.from({ length: entries }, (_, n) => [`i${n}`, entry(n)]));
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`v${n}`, n]));
  const Tens = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`t${n}`, ten]));
  return { clientUri: `${MOID}/group/`, moData: { group: { Items, Tens } } };
}

/** The other half as instances of another MO. */
function instances(entries) {
  return Array.from({ length: entries }, (_, n) => ({
    clientUri: `${MOID}.m/m${n}/`,
    moData: { root: entry(n) },
  }));
}

function median(run) {
  run(0);
  const rates = Array.from({ length: ROUNDS }, () => perSecond(run));
  return Math.round(rates.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
}

function perSecond(run) {
  const before = process.cpuUsage();
  let done = 0;
  let elapsed = 0;
  do {
    for (const until = done + 1 + Math.min(done, 500); done < until; done++) run(done);
    const { user, system } = process.cpuUsage(before);
    elapsed = (user + system) / 1000;
  } while (elapsed < MILLISECONDS);
  return (done * 1000) / elapsed;
}

function round(number) {
  return Math.round(number * 10) / 10;
}
