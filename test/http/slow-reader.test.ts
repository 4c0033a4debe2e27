import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import { createDataApp, foundAnswer, lookUpUrl } from './data-app-fixture.ts';

it('a caller that does not read its answer is parted from once the slowest transfer would have ended', async () => {
  const due: { readonly delayMs: number; readonly task: () => void }[] = [];
  let nowMs = 0;
  const clock = {
    nowMs: () => nowMs,
    after: (delayMs: number, task: () => void) => {
      due.push({ delayMs, task });
      return () => {};
    },
  };
  const large = { ...foundAnswer, body: `"${'x'.repeat(16 * 1_048_576)}"` };
  const { app } = createDataApp(async () => large, { clock });
  onTestFinished(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const body = '{"keys":["sku-1"]}';
  const head = ['Host: weir', 'X-Weir-App: storefront', 'Content-Type: application/json'];
  socket.write(
    `POST ${lookUpUrl} HTTP/1.1\r\n${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, 'readable');
  const [last] = due.toSorted((a, b) => b.delayMs - a.delayMs);
  expect(last?.delayMs).toBeGreaterThan(defaultBounds.timeoutMs);
  nowMs = last?.delayMs ?? 0;
  last?.task();
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  expect(length).toBeLessThan(large.body.length);
});
