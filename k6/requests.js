// What is asked for: one request a call. Every load script asks through here.
// IN_ORDER=1: chosen by the number of the iteration instead of by chance, so that each run asks the same.
// Environment: BASE_URL, IN_ORDER, and either REQUESTS (JSON list of {name, method, path, body, weight}) or SESSION=sample, the sessions of the bundled sample.
import exec from 'k6/execution';
import http from 'k6/http';

import { sampleSession } from './sample.js';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8765';
const REQUESTS = JSON.parse(__ENV.REQUESTS || '[]');
const TOTAL_WEIGHT = REQUESTS.reduce((sum, request) => sum + request.weight, 0);
const SAMPLE = __ENV.SESSION === 'sample';
const IN_ORDER = Boolean(__ENV.IN_ORDER);
const GOLDEN = 0.6180339887498949; // its multiples, modulo 1, are spread evenly

if (!REQUESTS.length && !SAMPLE) {
  throw new Error('nothing to ask for: set REQUESTS to a JSON list of {name, method, path, body, weight}, or SESSION=sample');
}

// One of REQUESTS, each in proportion to its weight; `name` is the tag that results are grouped by.
function weightedRequest() {
  let left = (IN_ORDER ? ((exec.scenario.iterationInTest + 0.5) * GOLDEN) % 1 : Math.random()) * TOTAL_WEIGHT;
  const chosen = REQUESTS.find((request) => (left -= request.weight) < 0) || REQUESTS[0];
  const headers = chosen.body ? { 'Content-Type': 'application/json' } : {};
  http.request(chosen.method, BASE_URL + chosen.path, chosen.body || null, { headers, responseType: 'none', tags: { name: chosen.name } });
}

// One request. An iteration is one arrival, so the rate of iterations is the rate of requests.
export function ask() {
  if (exec.scenario.iterationInTest === 0) {
    console.info(`scenario started at ${exec.scenario.startTime}`); // the reader of the results finds the stages by it
  }
  if (REQUESTS.length) {
    weightedRequest();
  } else {
    sampleSession(BASE_URL);
  }
}
