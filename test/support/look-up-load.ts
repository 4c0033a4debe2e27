import { once } from 'node:events';
import { Agent, request } from 'node:http';

const body = JSON.stringify({ keys: ['sku-1'] });
const headers = {
  'x-weir-app': 'storefront',
  'content-type': 'application/json',
  'content-length': body.length,
};

/** A look-up that is under way until it is finished: the last byte of its body is kept back. */
export async function beginLookUp(dataUrl: string): Promise<() => Promise<number | undefined>> {
  const sent = request(`${dataUrl}/v1/shop/products/lookup`, {
    method: 'POST',
    headers: { ...headers, expect: '100-continue', 'x-request-timeout-ms': '10000' },
  });
  sent.on('error', () => {});
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(body.slice(0, -1));
  return async () => {
    const answered = once(sent, 'response');
    sent.end(body.slice(-1));
    const [response] = await answered;
    response.resume();
    return response.statusCode;
  };
}

/** Callers that keep their connections, and one that takes a new one each time. What fails is not tried again. */
export function startLoad(dataUrl: string): {
  stop(): Promise<{ readonly answered: number; readonly refused: readonly string[] }>;
} {
  let answered = 0;
  const refused: string[] = [];
  let ended = false;
  const caller = async (agent: Agent): Promise<void> => {
    while (!ended) {
      const outcome = await lookUpOnce(dataUrl, agent);
      if (outcome === 200) answered += 1;
      else refused.push(String(outcome));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    agent.destroy();
  };
  const callers = Array.from({ length: 6 }, (_, index) =>
    caller(new Agent({ keepAlive: index > 0, maxSockets: 1 })),
  );
  return {
    async stop() {
      ended = true;
      await Promise.all(callers);
      return { answered, refused };
    },
  };
}

function lookUpOnce(dataUrl: string, agent: Agent): Promise<number | undefined | string> {
  return new Promise((resolve) => {
    const sent = request(
      `${dataUrl}/v1/shop/products/lookup`,
      { method: 'POST', headers, agent },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}
