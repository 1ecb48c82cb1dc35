// The same requests in the same order, one after another: what they ask of the database can then be counted, and compared exactly.
// Environment: ITERATIONS (requests), and what requests.js reads; IN_ORDER=1 for requests that a target names.
import { ask } from './requests.js';

export const options = {
  scenarios: {
    counters: { executor: 'shared-iterations', vus: 1, iterations: Number(__ENV.ITERATIONS || 200), maxDuration: '10m' },
  },
  thresholds: {
    // Where every request fails there is nothing to count.
    http_req_failed: ['rate<1'],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  ask();
}
