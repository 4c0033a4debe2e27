import { Type } from 'typebox';

const path = Type.Array(Type.String(), {
  description: 'From the root; `tables.shop.products.grouping` is `["tables", "shop.products", "grouping"]`',
});

export const configViewSchema = Type.Object(
  {
    settings: Type.Unknown({
      description: 'In the form of the file, defaults filled in, secrets masked',
    }),
    origins: Type.Array(
      Type.Object({
        path,
        source: Type.Enum(['default', 'file', 'environment', 'flag']),
        place: Type.String({ description: '`weir.yaml:3:9`, a variable or a flag; empty for a default' }),
        reloadable: Type.Boolean({ description: 'A change takes effect without a restart' }),
      }),
      { description: 'One for each leaf of the settings' },
    ),
    pendingRestart: Type.Array(Type.String(), {
      description: 'Keys that were changed and wait for a restart',
    }),
    since: Type.String({ format: 'date-time', description: 'When these settings were taken over' }),
  },
  { description: 'The configuration in force' },
);

const configFaultSchema = Type.Object({
  file: Type.String(),
  line: Type.Optional(Type.Integer({ minimum: 1 })),
  column: Type.Optional(Type.Integer({ minimum: 1 })),
  path,
  what: Type.String(),
  why: Type.String(),
  nearest: Type.Optional(Type.String({ description: 'The nearest valid name' })),
});

export const configVerdictSchema = Type.Object(
  {
    valid: Type.Boolean(),
    faults: Type.Array(configFaultSchema, { description: 'In the order of the file; empty when valid' }),
  },
  { description: 'What a start with this configuration would say' },
);

export const reloadReportSchema = Type.Object(
  {
    outcome: Type.Enum(['applied', 'unchanged']),
    applied: Type.Array(Type.String(), { description: 'Keys that are in force now' }),
    pendingRestart: Type.Array(Type.String(), {
      description: 'Keys that were changed and wait for a restart',
    }),
  },
  { description: 'What a reload has done' },
);
