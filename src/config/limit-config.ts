import {
  type LimitedOperation,
  type LimitId,
  type LimitSubject,
  limitedOperations,
  limitId,
} from '../core/throttle/limit.ts';
import { limitFaults } from '../core/throttle/limit-rules.ts';
import type { WrittenLimit } from '../core/throttle/settings-changes.ts';
import { nearestName } from './nearest-name.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

type WrittenLimits = NonNullable<Settings['limits']>;

/** One limit of the file, and where it stands there. */
interface PlacedLimit {
  readonly path: readonly string[];
  readonly subject: LimitSubject;
  readonly operation: LimitedOperation;
  readonly written: Omit<WrittenMembers, 'reserve'>;
  readonly reserve: Readonly<Record<string, number>> | undefined;
}

type WrittenMembers = NonNullable<WrittenLimits[LimitedOperation]>;

/** What is kept for classes of the fleet's limits: units a second by operation, then by class. */
export type Reserves = ReadonlyMap<LimitedOperation, ReadonlyMap<string, number>>;

/** Reports what a schema of single members cannot tell, in the words that are used at run time too. */
export function checkLimits(settings: Settings, report: Report): void {
  for (const limit of writtenLimits(settings)) {
    for (const { member, detail } of limitFaults(limit.operation, limit.written)) {
      report([...limit.path, member], 'cannot be taken', detail);
    }
    checkReserve(settings, limit, report);
  }
}

function checkReserve(
  settings: Settings,
  { path, subject, operation, written, reserve }: PlacedLimit,
  report: Report,
): void {
  if (reserve === undefined) return;
  const place = [...path, 'reserve'];
  if (subject.kind !== 'fleet' || operation === 'connect') {
    report(
      place,
      'has no use here',
      'kept for classes is a part of limits.read, limits.write or limits.scan',
    );
    return;
  }
  const known = classNames(settings);
  for (const name of Object.keys(reserve)) {
    if (known.includes(name)) continue;
    report([...place, name], 'is no class', `known are ${known.join(', ')}`, nearestName(name, known));
  }
  const kept = Object.values(reserve).reduce((sum, rate) => sum + rate, 0);
  if (kept >= written.rate) {
    report(
      place,
      'leaves nothing',
      `${kept} of ${written.rate} units a second: other classes could do nothing`,
    );
  }
}

/** Those that are listed, and those that applications name. */
export function classNames({ classes, applications }: Settings): readonly string[] {
  const named = Object.values(applications).map((application) => application.class);
  return [...new Set([...Object.keys(classes ?? {}), ...named])].sort();
}

export function reservesFrom(settings: Settings): Reserves {
  return new Map(
    writtenLimits(settings).flatMap(({ subject, operation, reserve }) =>
      subject.kind === 'fleet' && reserve !== undefined
        ? [[operation, new Map(Object.entries(reserve))] as const]
        : [],
    ),
  );
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
    const limit = limits?.[operation];
    if (limit === undefined) return [];
    const { reserve, ...written } = limit;
    return [{ path: [...path, operation], subject, operation, written, reserve }];
  });
}
