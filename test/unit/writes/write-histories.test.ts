import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replicaErrorNames } from '../../../src/core/errors.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { products } from '../../support/scripted-cluster.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';
import {
  endWrites,
  keyText,
  openScriptedWrites,
  productRows,
  skus,
  type WriteEnding,
} from '../../support/scripted-writes.ts';

const history = fc.record({
  seed: fc.integer(),
  rows: fc.integer({ min: 1, max: 120 }),
  writeGrouping: fc.constantFrom('row', 'owner', 'request'),
  /** Of messages, how many end well, and how many never. */
  well: fc.double({ min: 0, max: 1, noNaN: true }),
  never: fc.double({ min: 0, max: 0.3, noNaN: true }),
  down: fc.integer({ min: 0, max: 6 }),
  units: fc.oneof(fc.constant(1_000), fc.integer({ min: 0, max: 120 })),
  inFlightPerHost: fc.constantFrom(2, 8, 256),
  timeoutMs: fc.constantFrom(0, 20, 300, 2_000),
});

describe('whatever befalls a write', () => {
  it('every row has one outcome, which is true, in time and within what may be sent', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const { rows, writeGrouping, units, timeoutMs, inFlightPerHost } = given;
        const random = createSeededRandom(given.seed);
        const throttle = createScriptedThrottle(units);
        const scene = openScriptedWrites([products], {
          settings: { writeGrouping },
          bounds: { inFlightPerHost },
          throttle,
          retryBudget: createMessageBudget(0.2, 20),
        });
        const { clock, cluster, sent, write, inFlight, faults, told, counted } = scene;
        for (const { id } of cluster.state().nodes.slice(0, given.down)) cluster.down.add(id);
        const acknowledged = new Set<string>();
        const ending = (): WriteEnding => {
          if (random.next() < given.never) return 'never';
          if (random.next() < given.well) return 'ok';
          return replicaErrorNames[Math.floor(random.next() * replicaErrorNames.length)] ?? 'ok';
        };
        let silent = 0;
        const respond = endWrites(clock, () => {
          const end = ending();
          if (end === 'never') silent += 1;
          return [end, random.next() * 100];
        });
        scene.respond = async (request) => {
          await respond(request);
          for (const change of request.changes) acknowledged.add(keyText(change));
        };
        const keys = skus(rows);
        const deadlineMs = clock.nowMs() + timeoutMs;
        const { problem, json, account } = await clock.runUntil(
          write('products', productRows(...keys), { deadlineMs }),
        );
        const atMs = clock.nowMs();
        expect(atMs).toBeLessThanOrEqual(deadlineMs + 1);
        expect(json.results).toHaveLength(rows);
        const everSent = new Set(sent.flatMap(({ changes }) => changes.map(keyText)));
        for (const [at, { status, error }] of json.results.entries()) {
          const key = keys[at] ?? '';
          seen.add(status);
          expect(acknowledged.has(key), `${key} is ${status}`).toBe(status === 'written');
          if (status === 'unprocessed') expect(everSent.has(key)).toBe(false);
          if (status === 'error') expect(everSent.has(key)).toBe(error.type !== '/problems/no-replica');
        }
        const base = BigInt(json.timestampMicros);
        for (const change of sent.flatMap(({ changes }) => changes)) {
          expect(change.timestampMicros - base).toBe(BigInt(keys.indexOf(keyText(change))));
        }
        expect(problem === undefined).toBe(json.summary.written > 0);
        expect(account).toMatchObject({ rows, ...json.summary });
        expect(throttle.settled).toEqual([everSent.size]);
        expect(throttle.left).toBe(units - everSent.size);
        expect(account.retries).toBeLessThanOrEqual(20 + 0.2 * sent.length);
        const partitions = told.slice(0, 1).flatMap(({ partitions: names }) => names);
        expect(new Set(partitions)).toEqual(everSent);
        expect(faults).toEqual([]);
        expect(counted['written'] ?? 0).toBe(json.summary.written);
        await clock.runUntilIdle();
        const underWay = [...inFlight.messages().values()].reduce((sum, messages) => sum + messages, 0);
        expect(underWay).toBe(silent);
      }),
      { numRuns: propertyRuns(300) },
    );
    expect([...seen].toSorted()).toEqual(['error', 'unprocessed', 'written']);
  }, 30_000);
});
