export interface LookUpResult {
  readonly status: 'found' | 'missing' | 'error' | 'unprocessed';
  readonly rows: readonly Record<string, unknown>[];
  readonly error?: { readonly type: string };
  readonly reason?: string;
}

export interface LookUpReply {
  readonly status: number;
  readonly results: readonly LookUpResult[];
  readonly meta: { readonly groups: number; readonly datacenter: string | null; readonly retried: number };
}

/** Asks a running Weir as an application would, in debug mode. */
export async function lookUp(
  dataUrl: string,
  application: string,
  path: string,
  body: unknown,
  timeoutMs = 5_000,
): Promise<LookUpReply> {
  const response = await fetch(`${dataUrl}/v1/${path}/lookup`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-weir-app': application,
      'x-debug': '1',
      'x-request-timeout-ms': String(timeoutMs),
    },
    body: JSON.stringify(body),
  });
  return { ...((await response.json()) as Omit<LookUpReply, 'status'>), status: response.status };
}
