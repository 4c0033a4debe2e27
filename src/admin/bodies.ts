import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { RequestError } from '../core/errors.ts';

export const yamlMediaTypes = ['application/yaml', 'text/yaml'] as const;

/** Leaves YAML as the only media type of these routes; the body is its text, not parsed. */
export function acceptYaml(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>([...yamlMediaTypes], { parseAs: 'buffer' }, (_request, body, done) => {
    if (isUtf8(body)) done(null, body.toString('utf8'));
    else done(new RequestError('invalid-request', 'the body is not UTF-8'));
  });
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(
      new RequestError('unsupported-media-type', `the Content-Type must be ${yamlMediaTypes.join(' or ')}`),
    );
  });
}
