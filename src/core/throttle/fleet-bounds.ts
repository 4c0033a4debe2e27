/** What a fleet store keeps at most. */
export const fleetBounds = {
  auditLines: 1_000,
  usageSeconds: 300,
  /** Of settings as text, in characters; all are of one byte, as names are. A change that would make it longer is refused. */
  settingsBody: 262_144,
} as const;
