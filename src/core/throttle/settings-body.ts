/** The run-time settings as text, as the store keeps them beside their version and id. */
import { fleetBounds } from './fleet-bounds.ts';
import type { LimitChange, RunTimeSettings } from './limit-book.ts';
import { limitFaults } from './limit-rules.ts';
import { StoreError } from './limit-store.ts';
import { canonicalChange, parseLimitId } from './settings-changes.ts';

/** The store has settings that this version of Weir cannot read. Asking again does not help until it has others. */
export class UnreadableSettingsError extends StoreError {
  constructor() {
    super('failed');
    this.name = 'UnreadableSettingsError';
  }
}

type SettingsBody = Pick<RunTimeSettings, 'limits' | 'paused'>;

export function writeSettingsBody({ limits, paused }: SettingsBody): string {
  return JSON.stringify({ limits, paused });
}

/** Undefined for what this version of Weir cannot read as a whole, or would refuse as a change. */
export function readSettingsBody(body: string): SettingsBody | undefined {
  if (body.length > fleetBounds.settingsBody) return undefined;
  const parsed = parse(body);
  if (!isObject(parsed)) return undefined;
  const { limits, paused, ...others } = parsed;
  if (!isObject(limits) || !Array.isArray(paused) || Object.keys(others).length > 0) return undefined;
  if (!paused.every((name) => typeof name === 'string')) return undefined;
  const changes: [string, LimitChange][] = [];
  for (const [id, change] of Object.entries(limits)) {
    const operation = parseLimitId(id)?.operation;
    if (operation === undefined || !isObject(change)) return undefined;
    if (limitFaults(operation, change).length > 0) return undefined;
    const canonical = canonicalChange(change);
    if (canonical !== undefined) changes.push([id, canonical]);
  }
  return { limits: Object.fromEntries(changes), paused };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
