// Capacity: arrivals in steps from half of RATE to MULTIPLE times RATE, each held for STEP_S seconds, until the service no longer keeps up.
// The steps jump: each level is a measurement of its own. At saturation it asks no more, waits for the answers that are due, and ends (code 99).
// Environment: RATE, MULTIPLE, STEPS, STEP_S, BUDGET_MS, MAX_VUS (requests under way at most), and what requests.js reads.
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';

import { arrivals } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Number(__ENV.RATE || 50);
const MULTIPLE = Number(__ENV.MULTIPLE || 4);
const STEPS = Number(__ENV.STEPS || 8);
const STEP_S = Number(__ENV.STEP_S || 2.5);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);
const LOWEST = 0.5;
const unasked = new Counter('unasked');
const saturated = new Counter('saturated');

// Equal ratios: the same relative precision whether the service gives way early or late.
const levels = Array.from({ length: STEPS }, (_, step) => RATE * LOWEST * (MULTIPLE / LOWEST) ** (step / (STEPS - 1)))
  .map((rate) => (rate < 10 ? Math.round(rate * 60) / 60 : Math.round(rate)));
// By Little's law so many wait when answers take five times the budget at the highest rate: more than that is saturation.
const MAX_VUS = Number(__ENV.MAX_VUS || Math.min(2000, Math.ceil((RATE * MULTIPLE * 5 * BUDGET_MS) / 1000) + 20));

export const options = {
  scenarios: {
    capacity: arrivals(
      levels.flatMap((rate) => [
        { duration: '0s', rate },
        { duration: `${Math.round(STEP_S * 1000)}ms`, rate },
      ]),
      { first: MAX_VUS, most: MAX_VUS + 1 }, // all from the start: making one during the test costs time; the last one is the signal below
      { gracefulStop: '10s' },
    ),
  },
  thresholds: {
    // Saturated: MAX_VUS requests waited for their answers at once. More load would only lengthen the queue.
    saturated: [{ threshold: 'count<1', abortOnFail: true }],
    // Broken: a fifth of all requests failed. More load would measure the error page.
    http_req_failed: [{ threshold: 'rate<0.2', abortOnFail: true, delayAbortEval: '3s' }],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

// k6 makes the VU beyond MAX_VUS when all others are waiting. Every VU can see that; they share nothing else.
const waitedInVain = () => exec.instance.vusInitialized > MAX_VUS;

// An end would break off what is under way, and the slowest requests would be in no result: so they are waited for.
const nothingUnderWay = () => exec.scenario.iterationInTest - exec.instance.iterationsCompleted <= 1;

export default function () {
  if (!waitedInVain()) {
    ask();
    return;
  }
  unasked.add(1);
  if (nothingUnderWay()) {
    saturated.add(1);
  }
}
