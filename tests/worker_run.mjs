// Runs a worker in a local Workers runtime and prints which tier answered each request of a list, as JSON.
// Arguments: folder of miniflare, the worker, the list (JSON: [{url, headers, method}]).
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [folder, worker, list] = process.argv.slice(2);
const { Miniflare } = createRequire(`${folder}/`)('miniflare');
let asked = 0;
const origin = createServer((request, response) => {
  asked += 1;
  const secret = request.url.includes('secret');
  const headers = { 'Content-Type': 'application/json', ...(secret ? { 'Cache-Control': 'private' } : {}) };
  response.writeHead(request.url.includes('missing') ? 404 : 200, headers);
  response.end(JSON.stringify({ asked, url: request.url }));
});
await new Promise((ready) => origin.listen(0, '127.0.0.1', ready));
const runtime = new Miniflare({
  modules: true,
  script: readFileSync(worker, 'utf8'),
  compatibilityDate: '2025-09-01',
  kvNamespaces: ['CACHE'],
  bindings: { ORIGIN: `http://127.0.0.1:${origin.address().port}` },
});
const found = [];
for (const { url, ...options } of JSON.parse(list)) {
  const answer = await runtime.dispatchFetch(`https://edge.test${url}`, options);
  const body = await answer.text();
  found.push({ tier: answer.headers.get('X-Cache'), status: answer.status, type: answer.headers.get('Content-Type'), body });
  await new Promise((wait) => setTimeout(wait, 150)); // what is put behind the answer
}
const kept = (await (await runtime.getKVNamespace('CACHE')).list()).keys;
console.log(JSON.stringify({ found, kept: kept.map(({ name, expiration }) => [name, expiration - Date.now() / 1000]) }));
await runtime.dispose();
origin.close();
