import { describe, expect, it } from 'vitest';
import { createDataApp } from './data-app-fixture.ts';

describe('a member whose name is one backslash', () => {
  it('is refused, so that it cannot change the names in a later body', async () => {
    const bodies: unknown[] = [];
    const { app } = createDataApp(async (call) => {
      bodies.push(call.body);
      throw new Error('enough was seen');
    });
    const send = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/shop/products/lookup',
        headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront' },
        payload,
      });
    for (const name of ['"\\\\"', '"\\u005c"', '"\\u005C"']) {
      const { statusCode, body } = await send(`{"keys":[{${name}:1}]}`);
      expect(statusCode).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ type: '/problems/invalid-request' });
    }
    await send('{"keys":[{"\\"":1}]}');
    expect(bodies).toEqual([{ keys: [{ '"': 1 }] }]);
  });
});
