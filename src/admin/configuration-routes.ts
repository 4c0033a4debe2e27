import type { FastifyInstance } from 'fastify';
import type { ConfigFault } from '../core/administration.ts';
import { RequestError, type RequestFault } from '../core/errors.ts';
import { acceptYaml, yamlMediaTypes } from './bodies.ts';
import { pointerTo } from './body-fault.ts';
import { configVerdictSchema, configViewSchema, reloadReportSchema } from './configuration-schemas.ts';
import { documentRoute } from './documentation.ts';
import { exchangeOf } from './exchange.ts';
import { sendJson } from './json-answer.ts';
import { nothingSchema } from './operation-schemas.ts';
import type { RouteParts } from './route-parts.ts';
import { settingsAt } from './settings-at.ts';

const mostFaults = 100;

export function addConfigurationRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { administration } = parts;
  const documentation = documentRoute({
    operationId: 'getConfig',
    tag: 'configuration',
    summary: 'The configuration in force, with the origin of each value',
    answer: 'ConfigView',
    problems: [],
  });
  app.get('/admin/v1/config', { config: { needs: 'viewing', documentation } }, (_request, reply) => {
    sendJson(reply, configViewSchema, administration.config());
  });
  addReloadRoute(app, parts);
  // In a context of its own, because it takes another media type.
  app.register(async (context) => {
    acceptYaml(context);
    addValidationRoute(context, parts);
  });
}

/** Changes nothing and yet is for operators: a text may name variables and files, and the faults would tell of them. */
function addValidationRoute(app: FastifyInstance, { administration }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'validateConfig',
    tag: 'configuration',
    summary: 'Checks a configuration without taking it over',
    answer: 'ConfigVerdict',
    problems: ['invalid-request', 'role-required', 'too-large', 'unsupported-media-type'],
    body: { type: 'string', description: 'The text of a configuration file' },
    consumes: yamlMediaTypes,
  });
  app.post(
    '/admin/v1/config/validate',
    { config: { needs: 'operator', documentation } },
    (request, reply) => {
      const { body } = request;
      if (typeof body !== 'string') throw new RequestError('invalid-request', 'the request has no body');
      const faults = administration.validateConfig(body);
      const shown = faults.slice(0, mostFaults).map(encodeFault);
      sendJson(reply, configVerdictSchema, { valid: faults.length === 0, faults: shown });
    },
  );
}

function addReloadRoute(app: FastifyInstance, { administration, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'reloadConfig',
    tag: 'configuration',
    summary: 'Reads the configuration again and takes it over',
    description: 'A configuration with faults changes nothing. Where nothing differs, nothing happens.',
    answer: 'ReloadReport',
    problems: ['invalid-request', 'role-required', 'unsupported-media-type', 'invalid-configuration'],
  });
  app.post(
    '/admin/v1/config/reload',
    {
      schema: { body: nothingSchema },
      config: { needs: 'operator', change: 'config-reload', documentation },
      preValidation: (request, _reply, done) => {
        request.body ??= {};
        done();
      },
    },
    async (request, reply) => {
      const before = administration.config();
      const report = await administration.reloadConfig();
      if (report.outcome === 'refused') {
        const faults = report.faults.slice(0, mostFaults).map(toRequestFault);
        const detail = 'the configuration was refused; the one before it stays in force';
        throw new RequestError('invalid-configuration', detail, faults);
      }
      const { outcome, applied, pendingRestart } = report;
      audit.done(request, exchangeOf(request).caller, 'config-reload', settingsAt(before, applied), {
        ...settingsAt(administration.config(), applied),
        ...(pendingRestart.length > 0 ? { pendingRestart: pendingRestart.slice(0, mostFaults) } : {}),
      });
      return sendJson(reply, reloadReportSchema, { outcome, applied, pendingRestart });
    },
  );
}

/** Without the members that are undefined. */
function encodeFault({ file, line, column, path, what, why, nearest }: ConfigFault) {
  return {
    file,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    path,
    what,
    why,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function toRequestFault({ file, line, column, path, what, why, nearest }: ConfigFault): RequestFault {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return { pointer: pointerTo(path), detail: `${place}: ${what} (${why}${hint})` };
}
