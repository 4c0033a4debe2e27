import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { RedisServer } from '../../topology/launcher/redis.ts';

/** The way of one instance to Redis, that can be cut, or lead elsewhere. */
export interface RedisWay {
  readonly url: string;
  /** Connections to where it led before are cut. Undefined: nowhere. */
  leadTo(server: Pick<RedisServer, 'host' | 'port'> | undefined): void;
  close(): Promise<void>;
}

export async function openRedisWay(to: Pick<RedisServer, 'host' | 'port'>): Promise<RedisWay> {
  let target: Pick<RedisServer, 'host' | 'port'> | undefined = to;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    keep(near);
    if (target === undefined) {
      near.destroy();
      return;
    }
    const far = connect(target.port, target.host);
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    leadTo(next) {
      target = next;
      cut();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
