import type { Administration } from '../core/administration.ts';
import type { Clock } from '../core/ports.ts';
import type { Readiness } from '../core/readiness.ts';
import type { Audit } from './audit.ts';

/** What the routes under `/admin/v1` are made of. */
export interface RouteParts {
  readonly administration: Administration;
  readonly readiness: () => Readiness;
  readonly audit: Audit;
  readonly clock: Clock;
}
