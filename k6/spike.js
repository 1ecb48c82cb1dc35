// A spike: RATE arrivals a second, suddenly MULTIPLE times as many, then RATE again. Does the service survive it, and does it recover?
// Environment: RATE, MULTIPLE, BEFORE_S, SPIKE_S, RECOVERY_S, AFTER_S (seconds of the four parts), BUDGET_MS, and what requests.js reads.
import { usersFor } from './arrivals.js';
import { ask } from './requests.js';

const RATE = Math.max(1, Math.round(Number(__ENV.RATE || 50)));
const MULTIPLE = Number(__ENV.MULTIPLE || 4);
const BUDGET_MS = Number(__ENV.BUDGET_MS || 200);
const PARTS = [
  ['before', Number(__ENV.BEFORE_S || 30), RATE],
  ['spike', Number(__ENV.SPIKE_S || 30), Math.round(RATE * MULTIPLE)],
  ['recovery', Number(__ENV.RECOVERY_S || 30), RATE],
  ['after', Number(__ENV.AFTER_S || 30), RATE],
];

// A scenario each, so that every part has thresholds and rows of its own.
function scenarios() {
  let start = 0;
  const made = PARTS.map(([name, duration, rate]) => {
    const users = usersFor(rate);
    const scenario = {
      executor: 'constant-arrival-rate',
      rate,
      startTime: `${start}s`,
      duration: `${duration}s`,
      preAllocatedVUs: users.first,
      maxVUs: users.most,
    };
    start += duration;
    return [name, scenario];
  });
  return Object.fromEntries(made);
}

export const options = {
  scenarios: scenarios(),
  thresholds: {
    // A spike may make the service slow, but must not break it: 99 of 100 requests are answered as expected.
    'http_req_failed{scenario:spike}': ['rate<0.01'],
    // It recovers: RECOVERY_S seconds after the spike the latency budget holds again.
    'http_req_duration{scenario:after}': [`p(95)<${BUDGET_MS}`],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
}
