import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { createChangeWriter } from '../../../src/adapters/cassandra/change-writer.ts';
import type { NodeTarget } from '../../../src/adapters/cassandra/cluster-monitor.ts';
import type { ReplicaWrite, RowChange, WriteStatement } from '../../../src/core/ports.ts';
import { address, type DriverCall, responseError, scriptedTarget, someNode } from './scripted-client.ts';
import { tableOf } from './tables.ts';

const table = tableOf({ region: 'text' }, { shelf: 'int' }, { title: 'text', v: 'blob', w: 'int' });
const upsert: WriteStatement = {
  kind: 'upsert',
  table,
  keyColumns: table.columns.slice(0, 2),
  columns: table.columns.slice(2),
};
const remove: WriteStatement = {
  kind: 'delete-partition',
  table,
  keyColumns: table.partitionKey,
  columns: [],
};
const { unset } = cassandra.types;
const timestamp = Buffer.from('0000000000000102', 'hex');

function upsertOf(name: string, more: Partial<RowChange> = {}): RowChange {
  return {
    statement: upsert,
    key: [new Uint8Array(Buffer.from(name)), new Uint8Array([0, 0, 0, 7])],
    cells: [new Uint8Array([65]), null, undefined],
    ttlSeconds: undefined,
    timestampMicros: 0x102n,
    ...more,
  };
}

const deletion: RowChange = { ...upsertOf(''), statement: remove, key: [Buffer.from('n')], cells: [] };

function writerThat(answer: (call: DriverCall) => void) {
  const { calls, target } = scriptedTarget((call) => {
    answer(call);
    return {};
  });
  const write = createChangeWriter(() => target);
  return {
    calls,
    write: (...changes: RowChange[]) =>
      write({
        node: someNode,
        changes,
        consistency: 'LOCAL_QUORUM',
        timeoutMs: 9_000.5,
      } satisfies ReplicaWrite),
  };
}

const tooLarge = () => responseError(0x2200, 'Batch too large');

describe('writing', () => {
  it('sends a single change as a statement of its own', async () => {
    const { calls, write } = writerThat(() => {});
    await write(upsertOf('n', { ttlSeconds: 258 }));
    expect(calls).toMatchObject([
      {
        kind: 'execute',
        texts: [expect.stringMatching(/^INSERT INTO /)],
        options: {
          host: { address },
          prepare: true,
          consistency: cassandra.types.consistencies.localQuorum,
          readTimeout: 9_001,
        },
      },
    ]);
    expect(calls[0]?.parameters).toEqual([
      [
        Buffer.from('n'),
        Buffer.from([0, 0, 0, 7]),
        Buffer.from('A'),
        null,
        unset,
        timestamp,
        Buffer.from([0, 0, 1, 2]),
      ],
    ]);
  });

  it('leaves the time to live to the table where none is given, and deletes have none', async () => {
    const { calls, write } = writerThat(() => {});
    await write(upsertOf('n'));
    expect(calls[0]?.parameters[0]?.at(-1)).toBe(unset);
    await write(deletion);
    expect(calls[1]?.parameters).toEqual([[timestamp, Buffer.from('n')]]);
  });

  it('sends several changes as one unlogged batch', async () => {
    const { calls, write } = writerThat(() => {});
    await write(upsertOf('a'), deletion, upsertOf('b'));
    expect(calls).toMatchObject([
      { kind: 'batch', options: { host: { address }, prepare: true, logged: false } },
    ]);
    expect(calls[0]?.texts.map((text) => text.slice(0, 6))).toEqual(['INSERT', 'DELETE', 'INSERT']);
    expect(calls[0]?.parameters.map((each) => each.length)).toEqual([7, 2, 7]);
  });

  it('halves a batch that is too large for the node', async () => {
    const { calls, write } = writerThat(({ texts }) => {
      if (texts.length > 2) throw tooLarge();
    });
    await write(...['a', 'b', 'c', 'd', 'e'].map((name) => upsertOf(name)));
    expect(calls.map((call) => call.texts.length)).toEqual([5, 2, 3, 1, 2]);
    const written = calls.filter(({ texts }) => texts.length <= 2).flatMap(({ parameters }) => parameters);
    expect(written.map(([name]) => String(name)).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('does not send again what is refused for another reason, or alone', async () => {
    const refusing = writerThat(() => {
      throw responseError(0x2200, 'secret');
    });
    await expect(refusing.write(upsertOf('a'), upsertOf('b'))).rejects.toMatchObject({
      kind: 'rejected',
      message: 'rejected',
    });
    const full = writerThat(() => {
      throw tooLarge();
    });
    await expect(full.write(upsertOf('a'))).rejects.toMatchObject({ kind: 'rejected' });
    expect([refusing.calls.length, full.calls.length]).toEqual([1, 1]);
  });

  it.each([
    ['several batches', 30_000],
    ['a batch that the node halves', 10],
  ])('that fails ends no sooner than the last part of the message: %s', async (_, bytes) => {
    const slow = Promise.withResolvers<object>();
    const fate = async ([key]: unknown[]) => {
      if (String(key) === 'a') throw responseError(0x1100, '');
      return slow.promise;
    };
    const client = {
      execute: (_text: string, parameters: unknown[]) => fate(parameters),
      batch: () => Promise.reject(tooLarge()),
    };
    const target = { client, host: { address } } as unknown as NodeTarget;
    const cells = [Buffer.alloc(bytes), null, null];
    const changes = ['a', 'b'].map((name) => upsertOf(name, { cells }));
    const message: ReplicaWrite = { node: someNode, changes, consistency: 'ONE', timeoutMs: 1 };
    let isOver = false;
    const written = createChangeWriter(() => target)(message).finally(() => {
      isOver = true;
    });
    const failed = expect(written).rejects.toMatchObject({ kind: 'write-timeout' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    slow.resolve({});
    await failed;
  });

  it('fails where one of its batches fails, and where there is no such node', async () => {
    const large = (name: string) => upsertOf(name, { cells: [Buffer.alloc(30_000), null, null] });
    const { calls, write } = writerThat(({ parameters }) => {
      if (String(parameters[0]?.[0]) === 'b') throw responseError(0x1100, '');
    });
    await expect(write(large('a'), large('b'))).rejects.toMatchObject({ kind: 'write-timeout' });
    expect(calls).toHaveLength(2);
    const lost = createChangeWriter(() => undefined);
    const message: ReplicaWrite = { node: someNode, changes: [deletion], consistency: 'ONE', timeoutMs: 1 };
    await expect(lost(message)).rejects.toMatchObject({ kind: 'node-gone' });
  });
});
