// Capacity: arrivals in steps from half of RATE to MULTIPLE times RATE, each held for STEP_S seconds, until the service no longer keeps up.
// The steps jump: each level is a measurement of its own. The test ends by itself when the service is saturated (k6 then ends with code 99).
// Environment: RATE, MULTIPLE, STEPS, STEP_S, BUDGET_MS, MAX_VUS (requests under way at most), and what requests.js reads.
import { arrivals } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Number(__ENV.RATE || 50);
const MULTIPLE = Number(__ENV.MULTIPLE || 4);
const STEPS = Number(__ENV.STEPS || 8);
const STEP_S = Number(__ENV.STEP_S || 3);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);
const LOWEST = 0.5;

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
      { first: MAX_VUS, most: MAX_VUS }, // all of them from the start: making one during the test would cost the generator time
      { gracefulStop: '10s' },
    ),
  },
  thresholds: {
    // Saturated: MAX_VUS requests wait for their answers, so an arrival could not be started. More load would only lengthen the queue.
    dropped_iterations: [{ threshold: 'count<1', abortOnFail: true }],
    // Broken: a fifth of all requests failed. More load would measure the error page.
    http_req_failed: [{ threshold: 'rate<0.2', abortOnFail: true, delayAbortEval: '3s' }],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
}
