import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { documentRoute } from './documentation.ts';
import {
  changeProblems,
  changeRequest,
  readChangeOptions,
  sendDifference,
  tagHeader,
} from './limit-exchange.ts';
import { nothingSchema } from './operation-schemas.ts';
import type { RouteParts } from './route-parts.ts';

/** Described, not checked: it is text in any case. */
const applicationParameters = Type.Object({
  application: Type.String({ description: 'As in the configuration', examples: ['nightly-report'] }),
});

const verbs = [
  {
    verb: 'pause',
    change: 'application-pause',
    paused: true,
    operationId: 'pauseApplication',
    summary:
      'Pauses an application on every instance: what counts against a limit is refused until it is resumed',
  },
  {
    verb: 'resume',
    change: 'application-resume',
    paused: false,
    operationId: 'resumeApplication',
    summary: 'Ends the pause of an application on every instance',
  },
] as const;

export function addApplicationRoutes(app: FastifyInstance, { administration, audit }: RouteParts): void {
  for (const { verb, change, paused, operationId, summary } of verbs) {
    const documentation = documentRoute({
      operationId,
      tag: 'limits',
      summary,
      description: 'In force everywhere within a second; a second call changes nothing.',
      answer: 'LimitsDifference',
      answerHeaders: tagHeader,
      parameters: applicationParameters,
      ...changeRequest,
      problems: changeProblems,
    });
    app.post<{ Params: Static<typeof applicationParameters> }>(
      `/admin/v1/applications/:application/${verb}`,
      {
        schema: { body: nothingSchema },
        config: { needs: 'operator', change, documentation },
        preValidation: (request, _reply, done) => {
          request.body ??= {};
          done();
        },
      },
      async (request, reply) => {
        const options = readChangeOptions(request);
        const difference = await administration.limits.pause(request.params.application, paused, options);
        return sendDifference(request, reply, { audit, change, difference });
      },
    );
  }
}
