import type { ServedWeir } from './served-weir.ts';

export interface ShownReadiness {
  readonly ready: boolean;
  readonly conditions: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string;
  }[];
}

/** The admin port of a running Weir, in the hands of an operator. */
export interface WeirAdmin {
  readiness(): Promise<ShownReadiness>;
  /** The value of a metric without labels. */
  metric(name: string): Promise<number>;
  /** `bounds.keys` of the configuration in force. */
  boundsKeys(): Promise<number>;
  reload(): Promise<Response>;
  drain(): Promise<Response>;
}

export function adminOf({ adminUrl }: ServedWeir, credential: string): WeirAdmin {
  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${adminUrl}${path}`, { method, headers: { authorization: `Bearer ${credential}` } });
  return {
    readiness: async () => (await ask('/readyz?verbose')).json() as Promise<ShownReadiness>,
    async metric(name) {
      const text = await (await ask('/metrics')).text();
      const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
      if (value === undefined) throw new Error(`there is no metric ${name}`);
      return Number(value);
    },
    async boundsKeys() {
      const view = (await (await ask('/admin/v1/config')).json()) as {
        settings: { bounds: { keys: number } };
      };
      return view.settings.bounds.keys;
    },
    reload: () => ask('/admin/v1/config/reload', 'POST'),
    drain: () => ask('/admin/v1/drain', 'POST'),
  };
}
