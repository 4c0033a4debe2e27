import { describe, expect, it } from 'vitest';
import type { Pace } from '../../../src/core/throttle/throttle.ts';
import { products } from '../../support/scripted-cluster.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';
import {
  endWrites,
  openScriptedWrites,
  productRows,
  type ScriptedWritesOptions,
  skus,
} from '../../support/scripted-writes.ts';

function openPaced(perSecond: number | undefined, options: ScriptedWritesOptions = {}) {
  const throttle = createScriptedThrottle();
  const pace: Pace | undefined = perSecond === undefined ? undefined : { perSecond, burst: 1_000 };
  throttle.currentPace = pace;
  const scene = openScriptedWrites([products], { throttle, ...options });
  let atOnce = 0;
  let most = 0;
  scene.respond = async (write) => {
    atOnce += write.changes.length;
    most = Math.max(most, atOnce);
    await endWrites(scene.clock, () => ['ok', 5])(write);
    atOnce -= write.changes.length;
  };
  const writeAll = async (rows: number): Promise<number> => {
    const pending = scene.write('products', productRows(...skus(rows)));
    expect((await scene.clock.runUntil(pending)).json.summary.written).toBe(rows);
    return most;
  };
  return { ...scene, scene, writeAll };
}

describe('rows that are with nodes at once', () => {
  it('are all where nothing limits the caller', async () => {
    expect(await openPaced(undefined).writeAll(50)).toBe(50);
  });

  it('are what the limit gives in 20 ms, or four', async () => {
    expect(await openPaced(1_000).writeAll(50)).toBe(20);
    expect(await openPaced(30).writeAll(50)).toBe(4);
    expect(await openPaced(100_000).writeAll(50)).toBe(50);
  });

  it('are so many that the request is through by the half of its time', async () => {
    const { writeAll, clock } = openPaced(1);
    expect(await writeAll(400)).toBe(8);
    expect(clock.nowMs()).toBeLessThanOrEqual(500);
  });

  it('are no more than one message has, however rows are grouped', async () => {
    const { writeAll, sent } = openPaced(400, { settings: { writeGrouping: 'request' } });
    expect(await writeAll(50)).toBe(8);
    expect(sent.map(({ changes }) => changes.length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
  });

  it('do not wait for a node that is silent', async () => {
    const { scene, cluster, clock, write } = openPaced(1);
    const frozen = cluster.state().nodes[0];
    scene.respond = endWrites(clock, ({ node }) => (node.id === frozen?.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(60)));
    await clock.advance(1_000);
    expect((await pending).json.summary).toEqual({ written: 60, error: 0, unprocessed: 0 });
  });
});
