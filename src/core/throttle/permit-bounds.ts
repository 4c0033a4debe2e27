export const permitBounds = {
  /** Of one permit. */
  mostUnits: 10_000_000,
  /** How long it can be used or given back. */
  lifeMs: 1_000,
  /** How long its id is known, so that nobody is charged again who repeats it after a reply was lost. */
  rememberedMs: 60_000,
  /** Permits that one application takes within `rememberedMs`: each is remembered, and memory has an end. */
  mostRemembered: 60_000,
} as const;
