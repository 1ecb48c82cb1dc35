// The baseline: arrivals ramp up to RATE a second, hold, and ramp down. An open model: a slow answer does not hold back the next arrival.
// Environment: BASE_URL, PROFILE (week1 or smoke), RATE (arrivals a second), BUDGET_MS (response time, 95th percentile),
// REQUESTS (JSON list of {name, method, path, body, weight}; without it, the sessions of the sample service).
import exec from 'k6/execution';
import http from 'k6/http';

import { sampleSession } from './sample.js';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8765';
const RATE = Number(__ENV.RATE || 100);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);
const REQUESTS = JSON.parse(__ENV.REQUESTS || '[]');
const TOTAL_WEIGHT = REQUESTS.reduce((sum, request) => sum + request.weight, 0);
const PROFILES = {
  week1: { up: '2m', hold: '5m', down: '2m' },
  smoke: { up: '3s', hold: '20s', down: '2s' },
};
const { up, hold, down } = PROFILES[__ENV.PROFILE || 'week1'];
const perMinute = !Number.isInteger(RATE); // k6 takes whole numbers only
const target = perMinute ? Math.max(1, Math.round(RATE * 60)) : RATE;

export const options = {
  scenarios: {
    baseline: {
      executor: 'ramping-arrival-rate',
      startRate: 0,
      timeUnit: perMinute ? '1m' : '1s',
      stages: [
        { duration: up, target },
        { duration: hold, target },
        { duration: down, target: 0 },
      ],
      // By Little's law RATE * 0.5 s requests are under way when answers take half a second. Beyond maxVUs arrivals are dropped, and counted.
      preAllocatedVUs: Math.min(1000, Math.ceil(RATE / 2) + 5),
      maxVUs: Math.min(4000, Math.ceil(RATE * 5) + 50),
    },
  },
  thresholds: {
    // The latency budget: 95 of 100 requests are answered within BUDGET_MS.
    http_req_duration: [`p(95)<${BUDGET_MS}`],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

function weightedRequest() {
  let left = Math.random() * TOTAL_WEIGHT;
  const chosen = REQUESTS.find((request) => (left -= request.weight) < 0) || REQUESTS[0];
  const headers = chosen.body ? { 'Content-Type': 'application/json' } : {};
  http.request(chosen.method, BASE_URL + chosen.path, chosen.body || null, { headers, responseType: 'none', tags: { name: chosen.name } });
}

export default function () {
  if (exec.scenario.iterationInTest === 0) {
    console.info(`scenario started at ${exec.scenario.startTime}`); // the reader of the results finds the stages by it
  }
  if (REQUESTS.length > 0) {
    weightedRequest();
  } else {
    sampleSession(BASE_URL);
  }
}
