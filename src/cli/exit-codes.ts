/**
 * What `weir` ends with. `usage` is also an invalid configuration, `missed` a threshold that was not kept,
 * `notReady` an instance that cannot serve now.
 */
export const exitCodes = { ok: 0, failed: 1, usage: 2, missed: 3, notReady: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
