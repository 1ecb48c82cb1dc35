// A soak: RATE arrivals a second for a long time. What a short test cannot see shows: leaks, full disks, logs, pools that run dry.
// Environment: RATE, UP and HOLD (durations such as 1m and 2h), BUDGET_MS, and what requests.js reads.
import { arrivals, usersFor } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Number(__ENV.RATE || 50);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);

export const options = {
  scenarios: {
    soak: arrivals(
      [
        { duration: __ENV.UP || '1m', rate: RATE },
        { duration: __ENV.HOLD || '2h', rate: RATE },
      ],
      usersFor(RATE),
    ),
  },
  thresholds: {
    // The latency budget, over the whole time: 95 of 100 requests are answered within BUDGET_MS.
    http_req_duration: [`p(95)<${BUDGET_MS}`],
    // Nothing runs dry: 999 of 1,000 requests are answered as expected.
    http_req_failed: ['rate<0.001'],
    // Nothing piles up: every arrival could be started.
    dropped_iterations: ['count<1'],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
}
