// The workload of the sample service: each call is one request of a session, chosen by the number of the iteration, so that two
// runs with the same SEED ask for the same things in the same order. What a session wrote it reads soon afterwards.
// Environment: BASE_URL, SEED (default 1), ASSETS (rows of the catalogue, default 2000000).
import exec from 'k6/execution';
import http from 'k6/http';
import { check } from 'k6';

const SEED = Number(__ENV.SEED || 1);
const ASSETS = Number(__ENV.ASSETS || 2000000);
const POPULAR = Math.min(50000, ASSETS); // assets that anybody asks for
const SESSION_LENGTH = 12; // requests
const READ_BACK = 0.6; // chance that a session's next item is one that it wrote

// Share of requests; a test of the service counts them.
const MIX = [
  ['GET /assets/{id}', 0.55, readItem],
  ['GET /assets', 0.2, listAssets],
  ['GET /stats/daily', 0.1, dailyStats],
  ['GET /search', 0.1, search],
  ['POST /assets', 0.05, addAsset],
];
// As skewed as the catalogue itself: the first are the largest.
const SOURCES = ['amplitude', 'zendesk', 'salesforce', 'hubspot', 'github', 'gong', 'slack', 'linear', 'notion', 'asana', 'intercom', 'looker'];
// Assets on a page of each source's listing, in the order of SOURCES: their own applications show them. About four in the mean over all requests.
const PAGE_SIZES = [3, 2, 6, 3, 4, 6, 2, 12, 3, 6, 4, 8];
const WORDS = ['revenue', 'customer', 'pipeline', 'ticket', 'campaign', 'invoice', 'usage', 'contract', 'lead', 'event', 'employee', 'product'];
const KINDS = ['daily', 'weekly', 'forecast', 'scored', 'clean', 'merged', 'raw', 'archived'];
const MONTHS = ['2026-10', '2026-09', '2026-08', '2026-07', '2026-06', '2026-05', '2026-04', '2026-03', '2026-02', '2026-01'];

// What this virtual user remembers: it is one caller after another, each with a session of its own.
const memory = { session: 0, requests: 0, written: [], next: '' };

// mulberry32 (Tommy Ettinger, public domain): draws in [0, 1) from a 32-bit seed.
function drawsOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Zipf-like with exponent 1: rank r of n is drawn in proportion to log(1 + 1/r).
function rank(draw, n) {
  return Math.min(n, Math.floor((n + 1) ** draw));
}

function oneOf(draw, values) {
  return values[rank(draw, values.length) - 1];
}

// Popular assets are spread over the catalogue: 1000003 is a prime, so the ranks go to different numbers.
function assetOf(draw) {
  return 1 + ((rank(draw, POPULAR) * 1000003 + SEED) % ASSETS);
}

function requestOptions(name) {
  return { headers: { 'X-Session': `${SEED}-${exec.vu.idInTest}-${memory.session}` }, tags: { name } };
}

function get(base, name, path) {
  const response = http.get(base + path, requestOptions(name));
  check(response, { 'status is 200': (r) => r.status === 200 }, { name });
  return response;
}

function readItem(base, draw) {
  const id = memory.written.length && draw() < READ_BACK ? memory.written.shift() : assetOf(draw());
  get(base, 'GET /assets/{id}', `/assets/${id}`);
}

// A page of the newest assets of a source in a month; now and then the page behind the one this user has just seen.
function listAssets(base, draw) {
  const following = memory.next && draw() < 0.3;
  const month = oneOf(draw(), MONTHS);
  const source = rank(draw(), SOURCES.length) - 1;
  const first = `/assets?source_system=${SOURCES[source]}&created_from=${month}-01&created_to=${month}-28&limit=${PAGE_SIZES[source]}`;
  const path = following ? memory.next : first;
  const response = get(base, 'GET /assets', path);
  const cursor = response.status === 200 ? response.json('next') : null;
  memory.next = cursor ? `${path.replace(/&cursor=.*/, '')}&cursor=${cursor}` : '';
}

// The same few dashboards for everybody: one source or all, this quarter or the month so far.
function dailyStats(base, draw) {
  const source = draw() < 0.6 ? '' : `&source_system=${oneOf(draw(), SOURCES)}`;
  const time = draw() < 0.6 ? 'created_from=2026-07-01&created_to=2026-10-01' : 'created_from=2026-10-01';
  get(base, 'GET /stats/daily', `/stats/daily?${time}${source}`);
}

function search(base, draw) {
  const query = `${oneOf(draw(), KINDS)}+${oneOf(draw(), WORDS)}`;
  get(base, 'GET /search', `/search?q=${query}&created_from=2026-10-01&created_to=2026-11-01`);
}

function addAsset(base, draw) {
  const source = oneOf(draw(), SOURCES);
  const asset = {
    source_system: source,
    asset_type: 'dashboard',
    name: `${oneOf(draw(), KINDS)}_${oneOf(draw(), WORDS)}_${exec.scenario.iterationInTest}`,
    description: 'made during a load test',
    owner_team: 'growth',
    quality_score: Math.floor(draw() * 1000) / 1000,
    attributes: { classification: 'internal', tags: ['core'], job: `load_test_${SEED}` },
  };
  const options = requestOptions('POST /assets');
  options.headers['Content-Type'] = 'application/json';
  const response = http.post(`${base}/assets`, JSON.stringify(asset), options);
  if (check(response, { 'status is 201': (r) => r.status === 201 }, { name: 'POST /assets' })) {
    memory.written.push(response.json('asset_id'));
  }
}

function nextRequest() {
  if (memory.requests === SESSION_LENGTH) {
    Object.assign(memory, { session: memory.session + 1, requests: 0, written: [], next: '' });
  }
  memory.requests += 1;
}

// One request. An iteration is one arrival, so the rate of iterations is the rate of requests.
export function sampleSession(base = __ENV.BASE_URL || 'http://127.0.0.1:8765') {
  nextRequest();
  const draw = drawsOf(SEED * 1000003 + exec.scenario.iterationInTest);
  const chosen = draw();
  let below = 0;
  const [, , request] = MIX.find(([, share]) => (below += share) > chosen) || MIX[0];
  request(base, draw);
}
