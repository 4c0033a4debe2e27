import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ServedWeir, serveWeir } from '../support/served-weir.ts';

const body = JSON.stringify({ keys: ['sku-1', 'no-such-sku'], columns: ['title'] });
const started: ServedWeir[] = [];

afterEach(async () => {
  for (const weir of started.splice(0)) await weir.stop();
});

async function serveDemo(...settings: string[]): Promise<ServedWeir> {
  const set = ['data.port=0', 'admin.port=0', ...settings].flatMap((setting) => ['--set', setting]);
  const weir = await serveWeir(['--config', 'topology/demo/weir.yaml', ...set]);
  started.push(weir);
  return weir;
}

/** A look-up that is under way for as long as its caller likes: the last byte of its body is kept back. */
async function beginLookUp({ dataUrl }: ServedWeir): Promise<ClientRequest> {
  const sent = request(`${dataUrl}/v1/shop/products/lookup`, {
    method: 'POST',
    headers: {
      'x-weir-app': 'storefront',
      'content-type': 'application/json',
      'content-length': body.length,
      // Its answer says that the server has seen the head of this request.
      expect: '100-continue',
      'x-request-timeout-ms': '10000',
    },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(body.slice(0, -1));
  return sent;
}

async function finish(sent: ClientRequest): Promise<{ status: number | undefined; text: string }> {
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body.slice(-1));
  const [response] = await answered;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, text };
}

const isRefused = ({ dataUrl }: ServedWeir): Promise<true | undefined> =>
  fetch(`${dataUrl}/livez`).then(
    () => undefined,
    () => true as const,
  );

describe('weir serve when it is told to end', () => {
  it('answers what is under way, takes nothing new, and exits with 0', async () => {
    const weir = await serveDemo();
    const underWay = await Promise.all(Array.from({ length: 20 }, () => beginLookUp(weir)));
    weir.signal('SIGTERM');
    await eventually('new connections are refused', () => isRefused(weir));
    const answers = await Promise.all(underWay.map(finish));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers.every(({ text }) => text.includes('"found":1,"missing":1'))).toBe(true);
    expect(await weir.exited).toBe(0);
  });

  it('cuts what is not finished within shutdown.timeout', async () => {
    const weir = await serveDemo('shutdown.timeout=200ms');
    const sent = await beginLookUp(weir);
    const cut = once(sent, 'error');
    weir.signal('SIGTERM');
    expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await weir.exited).toBe(0);
  });

  it('ends at once at the second signal, with 1', async () => {
    const weir = await serveDemo('shutdown.delay=1m');
    weir.signal('SIGTERM');
    await eventually('it is not ready', async () => {
      const { status } = await fetch(`${weir.dataUrl}/readyz`);
      return status === 503 || undefined;
    });
    weir.signal('SIGTERM');
    expect(await weir.exited).toBe(1);
  });
});
