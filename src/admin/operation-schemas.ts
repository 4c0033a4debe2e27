import { Type } from 'typebox';
import { logLevels } from '../core/administration.ts';

/** Taken and given. */
export const logLevelSchema = Type.Object(
  {
    level: Type.Enum([...logLevels], { description: 'Lines of this level and the graver ones are written' }),
  },
  { additionalProperties: false },
);

export const drainReportSchema = Type.Object({
  inFlight: Type.Integer({ minimum: 0, description: 'Requests that are still answered' }),
});

/** A change that takes nothing; a body may be left out. */
export const nothingSchema = Type.Object({}, { additionalProperties: false });
