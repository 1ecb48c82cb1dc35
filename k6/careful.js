// A ramp that ends itself: in five steps up to RATE, and no further as soon as too many requests fail or answers take too long.
// Environment: RATE (arrivals a second on the last step), STEP_S (seconds a step), MOST_FAILED (a share), SLOWEST_MS, and what requests.js reads.
import { arrivals, usersFor } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Number(__ENV.RATE || 10);
const STEP = `${Number(__ENV.STEP_S || 10)}s`;
const SHARES = [0.1, 0.25, 0.5, 0.75, 1];

export const options = {
  scenarios: {
    careful: arrivals(
      SHARES.flatMap((share) => [
        { duration: '0s', rate: Math.max(1, Math.round(RATE * share)) },
        { duration: STEP, rate: Math.max(1, Math.round(RATE * share)) },
      ]),
      usersFor(RATE),
    ),
  },
  thresholds: {
    // More failures than this, and the service is in trouble: stop.
    http_req_failed: [{ threshold: `rate<${Number(__ENV.MOST_FAILED || 0.05)}`, abortOnFail: true, delayAbortEval: '2s' }],
    // Far slower than the budget, and a queue is building up: stop.
    http_req_duration: [{ threshold: `p(95)<${Number(__ENV.SLOWEST_MS || 1000)}`, abortOnFail: true, delayAbortEval: '2s' }],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
}
