/** One way of looking keys up, measured against the others. */
export interface LookUpVariant {
  readonly name: string;
  /** Its share of the look-ups of a round, above 0 and up to 1: less for what is slow. All figures are per look-up. */
  readonly share: number;
  start(): Promise<void>;
  /**
   * Reads all columns of these keys, all of which exist. Rejects unless every key was answered; with `thorough`,
   * unless every value is right too.
   */
  lookUp(keys: readonly string[], thorough: boolean): Promise<void>;
  /** Messages to Cassandra per look-up so far, where they are known. */
  messagesPerLookUp(): number | undefined;
  /** Processor time since the start of processes of its own; 0 where all the work is done in this one. */
  proxyCpuSeconds(): number;
  /** May be called when `start` has failed or was never called. */
  stop(): Promise<void>;
}
