import { Type } from 'typebox';
import {
  enforcements,
  limitedOperations,
  limitModes,
  overReactions,
  storeDownReactions,
} from '../core/throttle/limit.ts';
import { limitBounds } from '../core/throttle/limit-rules.ts';

const members = {
  rate: Type.Number({
    minimum: limitBounds.leastRate,
    maximum: limitBounds.mostRate,
    description: 'Units a second',
    examples: [20_000],
  }),
  burst: Type.Integer({
    minimum: 1,
    maximum: limitBounds.mostBurst,
    description: 'Units that may be used at once after a rest; one second of the rate where nobody says',
  }),
  mode: Type.Enum([...limitModes], {
    description: '`exact`: each decision asks Redis; `lease`: units are taken from it before they are spent',
  }),
  enforce: Type.Enum([...enforcements], {
    description: '`shadow`: counted, and nobody is refused; `off`: as if there were no limit',
  }),
  onOver: Type.Enum([...overReactions], {
    description: 'What becomes of callers who do not say whether they would wait',
  }),
  onStoreDown: Type.Enum([...storeDownReactions], {
    description:
      'While Redis does not answer: a share of the limit by this instance alone, nothing, or anything',
  }),
};
// The core's own type allows undefined, which JSON leaves out.
const sessions = Type.Optional(
  Type.Unsafe<number | undefined>(
    Type.Integer({
      minimum: 1,
      maximum: limitBounds.mostSessions,
      description: 'Of `connect`: sessions held at once; absent: any number',
    }),
  ),
);

const operation = Type.Enum([...limitedOperations]);
const id = Type.String({
  description: '`storefront/read`, `class:backend/scan`, `fleet:all/read`',
  examples: ['storefront/read'],
});

const limitSchema = Type.Object({ ...members, sessions }, { description: 'A limit as it holds' });
const limitOrNone = Type.Union([limitSchema, Type.Null()]);

/** Described here and checked by the core, which knows the rules. */
export const limitChangeSchema = Type.Object(
  { ...Type.Partial(Type.Object(members)).properties, sessions },
  {
    additionalProperties: false,
    description: "What is set at run time; absent members are the file's, or the default's",
  },
);
const changeOrNone = Type.Union([limitChangeSchema, Type.Null()]);

export const limitChangesSchema = Type.Object(
  {
    limits: Type.Record(Type.String(), changeOrNone, {
      description:
        'By id. `null`: back to the file; otherwise in place of what was set before for this limit. Limits that are not named stay as they are',
      examples: [{ 'storefront/read': { rate: 5_000 }, 'class:backend/scan': null }],
    }),
  },
  { additionalProperties: false },
);

const mostChanges = 1_000;

/** The forms that the schema checks before the core does: an object, and one of `limits`. */
export const anyObjectSchema = Type.Object({});
export const anyChangesSchema = Type.Object(
  { limits: Type.Object({}, { maxProperties: mostChanges }) },
  { additionalProperties: false },
);

export const shownLimitSchema = Type.Object(
  {
    id,
    subject: Type.String({ description: '`storefront`, `class:backend`, `fleet:all`' }),
    operation,
    limit: limitOrNone,
    file: limitOrNone,
    change: changeOrNone,
  },
  {
    description:
      '`limit` is what holds; `file` what the file says; `change` what was set at run time on top; null: nothing',
  },
);

const version = Type.Integer({
  minimum: 0,
  description: 'Of the run-time settings; 0: nothing was ever set',
});
const tag = Type.String({
  description: 'Of the run-time settings, as in `ETag`',
  examples: ['"7-0a1b2c3d4e5f6071"'],
});

export const limitsViewSchema = Type.Object({
  tag,
  version,
  limits: Type.Array(shownLimitSchema, {
    description: 'All of the file and of the run-time settings, by id',
  }),
  paused: Type.Array(Type.String(), { description: 'Applications' }),
});

export const limitsDifferenceSchema = Type.Object({
  tag,
  version,
  dryRun: Type.Boolean({ description: 'Nothing was changed; tag and version are of what holds' }),
  limits: Type.Array(Type.Object({ id, before: limitOrNone, after: limitOrNone }), {
    description: 'Those whose effect changes, by id; null: no limit',
  }),
  paused: Type.Array(
    Type.Object({ application: Type.String(), before: Type.Boolean(), after: Type.Boolean() }),
  ),
});

export const limitsHistorySchema = Type.Object({
  lines: Type.Array(
    Type.Object({
      version,
      at: Type.String({ format: 'date-time' }),
      by: Type.String({ description: 'Role and the beginning of the hash of the key' }),
      what: Type.String({ examples: ['limit storefront/read', 'pause nightly-report'] }),
      before: Type.Unknown({ description: 'What was set at run time; null: nothing' }),
      after: Type.Unknown(),
    }),
    { description: 'The newest first' },
  ),
});

const units = Type.Integer({ description: 'Less than 0 where more was given back than used' });
const counts = { application: Type.String(), operation, admitted: units, refused: units };

export const usageViewSchema = Type.Object(
  {
    windowSeconds: Type.Integer({ minimum: 1 }),
    instances: Type.Integer({ minimum: 1, description: 'Of the fleet' }),
    totals: Type.Array(
      Type.Object({
        ...counts,
        admittedPerSecond: Type.Number({ description: 'The mean over the window' }),
        refusedPerSecond: Type.Number(),
        rate: Type.Union([Type.Number(), Type.Null()], { description: 'Of its own limit; null: none' }),
      }),
      { description: 'Units over the window, by application and operation; without those that had none' },
    ),
    seconds: Type.Array(
      Type.Object({
        second: Type.Integer({ description: 'Since 1970, by the clock of Redis' }),
        counts: Type.Array(Type.Object(counts)),
      }),
      {
        description:
          'Oldest first, of whole seconds that are over; without those in which nothing was counted',
      },
    ),
  },
  { description: 'Units of the whole fleet' },
);
