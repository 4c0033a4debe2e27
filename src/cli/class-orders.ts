import type { LoadedConfig } from '../config/load.ts';

export interface ClassOrder {
  readonly name: string;
  /** The nearest first, then its fallbacks. */
  readonly datacenters: readonly string[];
}

/** Where each class reads: those of applications as they are in force, then those that nobody belongs to as written. */
export function classOrders({ config, settings }: LoadedConfig): readonly ClassOrder[] {
  const orders = new Map<string, readonly string[]>();
  for (const { application } of config.applications)
    orders.set(application.className, application.datacenters);
  for (const [name, { datacenters }] of Object.entries(settings.classes ?? {})) {
    if (!orders.has(name)) orders.set(name, datacenters);
  }
  return [...orders].map(([name, datacenters]) => ({ name, datacenters }));
}
