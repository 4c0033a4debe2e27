import {
  type LimitedOperation,
  type LimitId,
  type LimitSubject,
  limitedOperations,
  limitId,
} from '../core/throttle/limit.ts';
import { limitFaults } from '../core/throttle/limit-rules.ts';
import type { WrittenLimit } from '../core/throttle/settings-changes.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

type WrittenLimits = NonNullable<Settings['limits']>;

/** One limit of the file, and where it stands there. */
interface PlacedLimit {
  readonly path: readonly string[];
  readonly subject: LimitSubject;
  readonly operation: LimitedOperation;
  readonly written: NonNullable<WrittenLimits[LimitedOperation]>;
}

/** Reports what a schema of single members cannot tell, in the words that are used at run time too. */
export function checkLimits(settings: Settings, report: Report): void {
  for (const { path, operation, written } of writtenLimits(settings)) {
    for (const { member, detail } of limitFaults(operation, written)) {
      report([...path, member], 'cannot be taken', detail);
    }
  }
}

/** The limits of checked settings by id, as far as they are written: a default may follow what is changed at run time. */
export function limitsFrom(settings: Settings): ReadonlyMap<LimitId, WrittenLimit> {
  return new Map(
    writtenLimits(settings).map(({ subject, operation, written }) => [limitId(subject, operation), written]),
  );
}

function writtenLimits({ limits, classes, applications }: Settings): readonly PlacedLimit[] {
  return [
    ...limitsBelow(limits, { kind: 'fleet' }, ['limits']),
    ...Object.entries(classes ?? {}).flatMap(([name, entry]) =>
      limitsBelow(entry.limits, { kind: 'class', name }, ['classes', name, 'limits']),
    ),
    ...Object.entries(applications).flatMap(([name, entry]) =>
      limitsBelow(entry.limits, { kind: 'application', name }, ['applications', name, 'limits']),
    ),
  ];
}

function limitsBelow(
  limits: WrittenLimits | undefined,
  subject: LimitSubject,
  path: readonly string[],
): readonly PlacedLimit[] {
  return limitedOperations.flatMap((operation) => {
    const written = limits?.[operation];
    return written === undefined ? [] : [{ path: [...path, operation], subject, operation, written }];
  });
}
