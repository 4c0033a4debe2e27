/** How rows of one table are kept. */
export interface CacheSettings {
  /** A row is fresh for so long after its read began, less a jitter of up to a tenth. */
  readonly ttlMs: number;
  /** The same of a key that had no row; 0: not kept. */
  readonly missingTtlMs: number;
  /** For so long after that a row may still be answered with where the cluster fails; 0: never. */
  readonly staleIfErrorMs: number;
}
