import type { FleetStore } from './fleet.ts';
import type { RunTimeSettings } from './limit-book.ts';
import { UnreadableSettingsError } from './settings-body.ts';
import type { StoreBreaker } from './store-breaker.ts';

export interface SettingsStore {
  readonly fleet: FleetStore;
  readonly breaker: Pick<StoreBreaker, 'run'>;
}

/**
 * Rejects with a `StoreError`. That settings cannot be read is no failure of the store: it is told past the breaker,
 * which would open otherwise.
 */
export async function readStoredSettings(
  { fleet, breaker }: SettingsStore,
  withinMs?: number,
): Promise<RunTimeSettings> {
  const read = await breaker.run('settings', () => fleet.readSettings().catch(asAnswer), withinMs);
  if (read instanceof UnreadableSettingsError) throw read;
  return read;
}

function asAnswer(error: unknown): UnreadableSettingsError {
  if (error instanceof UnreadableSettingsError) return error;
  throw error;
}
