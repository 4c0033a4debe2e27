import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Exchange } from './exchange.ts';

/** Answers at the deadline when the body has not arrived by then; returns how to stop that. */
export function limitBodyTime(
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
): () => void {
  let cancel = (): void => {};
  const begin = (): void => {
    // Most bodies come with their headers: they need no timer.
    if (request.raw.complete || reply.sent) return;
    cancel = clock.after(exchange.deadlineMs - clock.nowMs(), () => {
      if (reply.sent) return;
      // The rest of the body would be taken for the next request.
      reply.header('connection', 'close');
      reply.send(new RequestError('deadline-exceeded', 'the body did not arrive before the deadline'));
    });
    reply.raw.once('close', cancel);
  };
  process.nextTick(begin);
  return () => cancel();
}
