import { once } from 'node:events';
import { Agent, request } from 'node:http';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/node/clock.ts';
import { closePort, listen, stopAccepting } from '../../../src/compose/listening.ts';

async function open() {
  const app = Fastify();
  app.get('/', () => 'here');
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** The status, or the code of the error. */
  const ask = (by: Agent): Promise<number | string | undefined> =>
    new Promise((resolve) => {
      const sent = request(url, { agent: by }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      sent.end();
    });
  return { app, agent, ask };
}

it('serves on the connections that are there, and takes no others', async () => {
  const { app, agent, ask } = await open();
  expect(await ask(agent)).toBe(200);
  const quiet = stopAccepting(app, 10_000, systemClock);
  expect(await ask(new Agent())).toBe('ECONNREFUSED');
  expect(await ask(agent)).toBe(200);
  // The last caller leaves: there is nothing to wait for.
  agent.destroy();
  await quiet;
  await closePort(app, 10_000, systemClock);
});

it('waits no longer for callers that neither send nor leave', async () => {
  const { app, agent, ask } = await open();
  await ask(agent);
  const [socket] = Object.values(agent.freeSockets).flat();
  await stopAccepting(app, 20, systemClock);
  if (socket === undefined) throw new Error('the connection was not kept');
  const closed = once(socket, 'close');
  await closePort(app, 10_000, systemClock);
  await closed;
});
