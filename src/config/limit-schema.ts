/** The sections `limits`: of the whole fleet, of a class, of an application. */
import Type from 'typebox';
import {
  enforcements,
  type LimitedOperation,
  limitModes,
  overReactions,
  storeDownReactions,
} from '../core/throttle/limit.ts';
import { completeLimit, limitBounds } from '../core/throttle/limit-rules.ts';
import { closed, named, nameForm, namePattern } from './schema-parts.ts';

const standard = completeLimit({ rate: limitBounds.leastRate });

const members = {
  rate: Type.Number({
    minimum: limitBounds.leastRate,
    maximum: limitBounds.mostRate,
    expects: `a number from ${limitBounds.leastRate} to ${limitBounds.mostRate}`,
    description: 'Units a second',
  }),
  burst: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limitBounds.mostBurst,
      description: `Units that may be used at once after a rest, at most ${limitBounds.longestBurstSeconds} seconds of the rate; absent: those of one second`,
    }),
  ),
  mode: Type.Enum([...limitModes], {
    default: standard.mode,
    description:
      'exact: each decision asks Redis; lease: units are taken from Redis in the background, before they are spent; connect is always exact',
  }),
  enforce: Type.Enum([...enforcements], {
    default: standard.enforce,
    description: 'shadow: what would be refused is counted, and nobody is refused; off: as if it were absent',
  }),
  onOver: Type.Enum([...overReactions], {
    default: standard.onOver,
    description:
      'What becomes of callers who do not say whether they would wait; nobody waits for a session of connect',
  }),
  onStoreDown: Type.Enum([...storeDownReactions], {
    default: standard.onStoreDown,
    description:
      'Without Redis, local: each instance has its share of the limit; deny: all is refused; allow: nothing is',
  }),
  sessions: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limitBounds.mostSessions,
      description: 'Sessions that may be held at once, of connect only; absent: any number',
    }),
  ),
  reserve: Type.Optional(
    named(
      namePattern,
      nameForm,
      Type.Number({
        minimum: limitBounds.leastRate,
        maximum: limitBounds.mostRate,
        expects: `a number from ${limitBounds.leastRate} to ${limitBounds.mostRate}`,
        description: 'Units a second',
      }),
      'Of the limit of the whole fleet only: what is kept for a class, by its name, used or not; all other classes have what is left of the limit by it, or by 1.2 times what its class uses where that is more',
    ),
  ),
};

function limit(operation: LimitedOperation, unit: string) {
  const like = operation === 'read' ? {} : { like: 'limits.read' };
  return Type.Optional(Type.Object(members, closed(unit, like)));
}

/** `like` is for the second and further places where limits can stand. */
export function limitsOf(description: string, marks: { readonly reloadable?: boolean; like?: string } = {}) {
  return Type.Object(
    {
      read: limit(
        'read',
        'Limit of look-ups and rows: a unit for each distinct key that has to go to Cassandra, and one for each further 100 rows or 64KiB',
      ),
      write: limit('write', 'Limit of writes: a unit a row'),
      scan: limit('scan', 'Limit of scans: a unit a row, and at least one a page'),
      connect: limit('connect', 'Limit of sessions: a unit for each that is opened'),
    },
    closed(description, marks),
  );
}
