import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Invalidation,
  InvalidationEntry,
  InvalidationStream,
} from '../../src/core/cache/invalidation.ts';

/** An empty stream, as instances see it that connect to it one after the other. */
export type OpenStreams = () => Promise<{ readonly connect: () => Promise<InvalidationStream> }>;

const some: Invalidation = { keyspace: 'shop', table: 'products', partitions: ['a'], settleMs: 2_000 };
const named = (partition: string): Invalidation => ({ ...some, partitions: [partition] });
const namesIn = (entries: readonly InvalidationEntry[]): string[] =>
  entries.map(({ invalidation }) => String(invalidation?.partitions));
/** For what waits in vain. */
const brieflyMs = 50;

/** What every `InvalidationStream` does that loses nothing. */
export function describeInvalidationStream(name: string, open: OpenStreams): void {
  describe(name, () => {
    let connect: Awaited<ReturnType<OpenStreams>>['connect'];
    let stream: InvalidationStream;
    beforeEach(async () => {
      ({ connect } = await open());
      stream = await connect();
    });

    const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    it.each<[string, Invalidation]>([
      ['one partition', some],
      ['a whole table', { ...some, partitions: 'all', settleMs: 0 }],
      ['a thousand partitions', { ...some, partitions: Array.from({ length: 1_000 }, (_, at) => `${at}`) }],
      ['every byte, and no byte', { ...some, partitions: [everyByte, '', '\0', everyByte] }],
      ['a key of 64 KiB', { ...some, partitions: ['x'.repeat(65_535)] }],
      ['a name in capitals and of digits', { ...some, keyspace: 'Shop_2', table: '2' }],
    ])('gives back what was published: %s', async (_, invalidation) => {
      const end = await stream.end();
      await stream.publish('one', invalidation);
      expect(await stream.read(end, 0)).toEqual([
        {
          invalidation,
          instance: 'one',
          position: { id: expect.any(String), sequence: end.sequence + 1, epoch: end.epoch },
        },
      ]);
    });

    it('keeps the order of all who publish, numbered without a hole', async () => {
      const other = await connect();
      const end = await stream.end();
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (const [at, each] of names.entries()) {
        await (at % 2 === 0 ? stream : other).publish(at % 2 === 0 ? 'one' : 'two', named(each));
      }
      const entries = await other.read(end, 0);
      expect(namesIn(entries)).toEqual(names);
      expect(entries.map(({ instance }) => instance)).toEqual(['one', 'two', 'one', 'two', 'one']);
      expect(entries.map(({ position }) => position.sequence - end.sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(new Set(entries.map(({ position }) => position.epoch))).toEqual(new Set([end.epoch]));
    });

    it('goes on after the last that was read, for whoever comes back', async () => {
      const end = await stream.end();
      for (const each of ['a', 'b', 'c']) await stream.publish('one', named(each));
      const [first] = await stream.read(end, 0);
      await stream.publish('one', named('d'));
      const again = await connect();
      expect(namesIn(await again.read(first?.position ?? end, 0))).toEqual(['b', 'c', 'd']);
    });

    it('gives what came since the end was asked for, and nothing from before', async () => {
      await stream.publish('one', named('before'));
      const end = await stream.end();
      expect(await stream.read(end, 0)).toEqual([]);
      await stream.publish('one', named('after'));
      expect(namesIn(await stream.read(end, 0))).toEqual(['after']);
      expect((await stream.end()).sequence).toBe(end.sequence + 1);
    });

    it('has the same beginning for all, also where nothing was published', async () => {
      const other = await connect();
      const [one, two] = [await stream.end(), await other.end()];
      expect(one).toEqual(two);
      expect(one.epoch).not.toBe('');
      await other.publish('two', some);
      expect((await stream.read(one, 0))[0]?.position).toMatchObject({ sequence: 1, epoch: one.epoch });
    });

    it('gives many in several reads, at most a thousand in each', async () => {
      const end = await stream.end();
      const count = 1_100;
      await Promise.all(Array.from({ length: count }, (_, at) => stream.publish('one', named(`${at}`))));
      let position = end;
      let read = 0;
      for (;;) {
        const entries = await stream.read(position, 0);
        if (entries.length === 0) break;
        expect(entries.length).toBeLessThanOrEqual(1_000);
        read += entries.length;
        position = entries.at(-1)?.position ?? position;
      }
      expect(read).toBe(count);
      expect(position.sequence).toBe(end.sequence + count);
    });

    it('waits for the next one, and no longer', async () => {
      const other = await connect();
      const end = await stream.end();
      const waiting = stream.read(end, 5_000);
      await other.publish('two', named('a'));
      expect(namesIn(await waiting)).toEqual(['a']);
    });

    it('answers empty where none comes in time', async () => {
      expect(await stream.read(await stream.end(), brieflyMs)).toEqual([]);
    });
  });
}
