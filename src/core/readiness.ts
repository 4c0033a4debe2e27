/** Whether requests can be served now, and if not, why; reasons name parts of the system and never a value. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** The answer of `/readyz`: 200 or 503, with the reasons only where they were asked for. */
export function encodeReadiness(
  readiness: Readiness,
  verbose: boolean,
): { readonly status: 200 | 503; readonly body: string } {
  const { ready, reasons } = readiness;
  return { status: ready ? 200 : 503, body: JSON.stringify(verbose ? { ready, reasons } : { ready }) };
}
