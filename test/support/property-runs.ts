/** `npm run check` tries a part of the cases each time, `npm test` all of them. */
const share = Number(process.env['WEIR_PROPERTY_SHARE'] ?? 1);
/** Fewer would hardly be a sample. */
const fewestRuns = 12;

/** How often a property of `count` runs is tried here. */
export function propertyRuns(count: number): number {
  return Math.min(count, Math.max(fewestRuns, Math.ceil(count * share)));
}
