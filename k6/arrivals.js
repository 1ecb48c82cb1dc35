// Arrivals that do not wait for answers (an open model): a slow answer holds back no later request, so its cost shows in full.

const wholeRates = (stages) => stages.every(({ rate }) => Number.isInteger(rate));

// A scenario whose arrivals a second go from one stage's rate to the next: stages of {duration, rate}, a duration of 0s is a jump.
// `users` bounds how many requests can be under way; beyond it arrivals are dropped, and counted.
export function arrivals(stages, users, more = {}) {
  const perMinute = !wholeRates(stages); // k6 takes whole numbers only
  return {
    executor: 'ramping-arrival-rate',
    startRate: 0,
    timeUnit: perMinute ? '1m' : '1s',
    stages: stages.map(({ duration, rate }) => ({ duration, target: perMinute ? Math.ceil(rate * 60) : rate })),
    preAllocatedVUs: users.first,
    maxVUs: users.most,
    ...more,
  };
}

// By Little's law rate * seconds requests are under way when each takes that long: there is room for answers of five seconds, and from the
// start for answers of one. While k6 makes a user in the middle of a test, arrivals are dropped.
export function usersFor(rate) {
  return { first: Math.min(1000, Math.ceil(rate) + 5), most: Math.min(4000, Math.ceil(rate * 5) + 50) };
}
