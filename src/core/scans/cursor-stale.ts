import { RequestError } from '../errors.ts';
import type { ScanRestart } from './scan-position.ts';

/** The table is no longer as it was when the cursor was given; `restart` is what the scan has not delivered yet. */
export class CursorStale extends RequestError {
  readonly restart: ScanRestart;
  constructor(restart: ScanRestart) {
    super('cursor-stale', 'columns of the scan, or the key of the table, have changed');
    this.name = 'CursorStale';
    this.restart = restart;
  }
}
