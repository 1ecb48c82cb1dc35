// The baseline: up to RATE, hold, and down again, as the week's checklist has it.
// MODEL=open (the default): RATE arrivals a second, whatever the answers take. MODEL=closed: RATE virtual users, each of whom waits for its
// answer and then PAUSE_S seconds before it asks again; latencies then omit what was not asked meanwhile.
// PROFILE: week1 or smoke; with -short behind it, one of several short runs whose figures are compared.
// Environment: PROFILE, MODEL, RATE, PAUSE_S, BUDGET_MS, and what requests.js reads.
import { sleep } from 'k6';

import { arrivals, usersFor } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Number(__ENV.RATE || 100);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);
const PAUSE_S = Number(__ENV.PAUSE_S || 1);
const CLOSED = __ENV.MODEL === 'closed';
const PROFILES = {
  week1: { up: '2m', hold: '5m', down: '2m' },
  'week1-short': { up: '10s', hold: '60s', down: '5s' },
  smoke: { up: '3s', hold: '20s', down: '2s' },
  'smoke-short': { up: '1s', hold: '6s', down: '1s' },
};
const { up, hold, down } = PROFILES[__ENV.PROFILE || 'week1'];

function stages(key, top) {
  return [
    { duration: up, [key]: top },
    { duration: hold, [key]: top },
    { duration: down, [key]: 0 },
  ];
}

const load = CLOSED
  ? { stages: stages('target', Math.max(1, Math.round(RATE))) }
  : { scenarios: { baseline: arrivals(stages('rate', RATE), usersFor(RATE)) } };

export const options = {
  ...load,
  thresholds: {
    // The latency budget: 95 of 100 requests are answered within BUDGET_MS.
    http_req_duration: [`p(95)<${BUDGET_MS}`],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
  if (CLOSED) {
    sleep(PAUSE_S);
  }
}
