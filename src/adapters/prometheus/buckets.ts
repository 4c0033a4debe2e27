/** In seconds, dense around the promise of a look-up: 1 ms to 2.5 s. */
export const durationBuckets = [
  0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.25, 0.5, 1, 2.5,
];

/** Keys in a request, up to the bound of the contract. */
export const requestKeyBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

export const groupBuckets = [1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128];

/** Keys in one message; 32 is the default bound of a group. */
export const groupKeyBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
