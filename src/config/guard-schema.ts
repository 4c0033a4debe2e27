/** The section `guard`. */
import Type from 'typebox';
import { closed, nameForm, namePattern, requiredDuration } from './schema-parts.ts';

const classList = (description: string, standard: string) =>
  Type.Array(Type.String({ pattern: namePattern, expects: nameForm, description: 'The name of a class' }), {
    minItems: 1,
    maxItems: 16,
    uniqueItems: true,
    expects: 'a list of 1 to 16 classes without repeats',
    default: [standard],
    description,
  });

export const guard = Type.Object(
  {
    target: requiredDuration(
      'Where the p95 of look-ups of the protected classes is to stay, counted from the first message to Cassandra to the last answer, 1ms to 60s',
    ),
    min: Type.Number({
      minimum: 0.01,
      maximum: 1,
      default: 0.1,
      expects: 'a number from 0.01 to 1',
      description: 'The least part of themselves to which limits are lowered',
    }),
    protects: classList('Classes whose latency is watched', 'frontend'),
    slows: classList(
      'Classes whose limits on read, write and scan, and those of their applications, are lowered while the target is missed',
      'backend',
    ),
  },
  closed('Slows batch jobs while front ends suffer; absent: limits stay as they are set', {
    reloadable: true,
  }),
);
