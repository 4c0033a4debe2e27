/** What a guard store keeps at most, and how long. */
export const guardBounds = {
  /** Of the newest decision: a fleet that begins later does not go on from it. */
  steeringLifeMs: 60_000,
  /** Of the number of the last lead: longer than a fleet is away that others still remember. */
  epochLifeMs: 30 * 86_400_000,
  mostWindowSeconds: 60,
  /** Of a decision or an override as text, in characters. */
  body: 262_144,
} as const;
