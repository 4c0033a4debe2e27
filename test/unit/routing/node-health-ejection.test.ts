import { describe, expect, it } from 'vitest';
import { createNodeHealth, type NodeHealth } from '../../../src/core/routing/node-health.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { makeNodes } from '../../support/rings.ts';
import { fail, outlast, watchNodes } from '../../support/sick-nodes.ts';

const nodes = makeNodes({ nodes: 4, racks: 1, replicationFactor: 3 });
const node = nodes[0] as ClusterNode;
const elsewhere = makeNodes({ nodes: 4, racks: 1, replicationFactor: 3, datacenter: 'elsewhere' });

function start(): { clock: FakeClock; health: NodeHealth } {
  return watchNodes([...nodes, ...elsewhere]);
}

describe('a node is ejected', () => {
  it('after five failures in a row', async () => {
    const { clock, health } = start();
    await fail(clock, health, node, 4);
    expect(health.standing(node)).toBe('well');
    await fail(clock, health, node, 1);
    expect(health.standing(node)).toBe('ejected');
    expect([...health.ejected()]).toEqual([node.id]);
  });

  it.each<[string, (health: NodeHealth) => void]>([
    ['in time', (health) => health.sent(node).answered()],
    [
      'late',
      (health) => {
        const late = health.sent(node);
        late.overdue();
        late.answered();
      },
    ],
  ])('not where an answer %s stands between them: the node works', async (_when, answer) => {
    const { clock, health } = start();
    await fail(clock, health, node, 4);
    answer(health);
    await fail(clock, health, node, 4);
    expect(health.standing(node)).not.toBe('ejected');
  });

  it('not by messages that say nothing about it', () => {
    const { health } = start();
    for (let time = 0; time < 10; time += 1) health.sent(node).dismissed();
    expect(health.standing(node)).toBe('well');
  });

  it('when five messages to it, suspect by then, came to nothing', async () => {
    const { clock, health } = start();
    const frozen = Array.from({ length: 5 }, () => health.sent(node));
    for (const message of frozen) message.overdue();
    for (const message of frozen) {
      await clock.advance(25);
      message.failed();
    }
    expect(health.standing(node)).toBe('ejected');
  });

  it('each message counting once', () => {
    const { health } = start();
    const message = health.sent(node);
    for (let time = 0; time < 10; time += 1) message.failed();
    expect(health.standing(node)).toBe('well');
  });

  it.each([
    [99, 'well', 'that was one event'],
    [100, 'ejected', 'the node fails'],
  ])('by five failures that span %d ms: it is %s, %s', async (spanMs, standing, _why) => {
    const { clock, health } = start();
    for (let time = 0; time < 4; time += 1) health.sent(node).failed();
    await clock.advance(spanMs);
    health.sent(node).failed();
    expect(health.standing(node)).toBe(standing);
  });

  it('but never more than half of its datacenter: what fails beyond that is suspect', async () => {
    const { clock, health } = start();
    for (const each of [...nodes, ...elsewhere]) await fail(clock, health, each, 20);
    const standings = (all: readonly ClusterNode[]): string[] => all.map((each) => health.standing(each));
    const half = ['ejected', 'ejected', 'suspect', 'suspect'];
    expect([standings(nodes), standings(elsewhere)]).toEqual([half, half]);
  });

  it('or ranks as failing where its datacenter can spare no more, until it answers anybody', async () => {
    const { clock, health } = start();
    for (const each of nodes) await fail(clock, health, each, 5);
    const ranks = (): string[] => nodes.map((each) => health.rank(each));
    expect(ranks()).toEqual(['ejected', 'ejected', 'failing', 'failing']);
    const late = health.sent(nodes[2] as ClusterNode);
    late.overdue();
    late.answered();
    health.sent(nodes[3] as ClusterNode).answered();
    expect(ranks()).toEqual(['ejected', 'ejected', 'suspect', 'well']);
  });

  it('in the place of another that came back', async () => {
    const { clock, health } = start();
    for (const each of nodes) await fail(clock, health, each, 5);
    await outlast(clock, health, node);
    health.sent(node).answered();
    await fail(clock, health, nodes[2] as ClusterNode, 5);
    expect([...health.ejected()]).toEqual([nodes[1]?.id, nodes[2]?.id]);
  });

  it('never where it is alone in its datacenter', async () => {
    const { clock, health } = start();
    health.retain([node]);
    await fail(clock, health, node, 10);
    expect(health.standing(node)).toBe('suspect');
  });

  it('before the cluster is known, by the nodes that were sent something', async () => {
    const clock = createFakeClock();
    const health = createNodeHealth(clock);
    await fail(clock, health, node, 5);
    expect(health.standing(node)).toBe('suspect');
    health.sent(nodes[1] as ClusterNode);
    await fail(clock, health, node, 5);
    expect(health.standing(node)).toBe('ejected');
  });
});

describe('an ejected node', () => {
  async function ejected(): Promise<{ clock: FakeClock; health: NodeHealth }> {
    const { clock, health } = start();
    await fail(clock, health, node, 5);
    return { clock, health };
  }

  it('is probed when a second is over, and each tenth of a second from then on', async () => {
    const { clock, health } = await ejected();
    await clock.advance(999);
    expect(health.isProbeDue(node)).toBe(false);
    await clock.advance(1);
    expect(health.isProbeDue(node)).toBe(true);
    health.sent(node, true).dismissed();
    expect(health.isProbeDue(node)).toBe(false);
    await clock.advance(100);
    expect(health.isProbeDue(node)).toBe(true);
    expect(health.standing(node)).toBe('ejected');
  });

  it('comes back over ten seconds after a probe that was answered in time', async () => {
    const { clock, health } = await ejected();
    await outlast(clock, health, node);
    health.sent(node).answered();
    expect(health.standing(node)).toBe('well');
    expect(health.ejected().size).toBe(0);
    expect(health.rampFactor(node)).toBe(10);
  });

  it('is suspect after a probe that was answered late: it works, slowly', async () => {
    const { clock, health } = await ejected();
    await outlast(clock, health, node);
    const probe = health.sent(node);
    probe.overdue();
    expect(health.standing(node)).toBe('ejected');
    probe.answered();
    expect(health.standing(node)).toBe('suspect');
    health.sent(node).answered();
    expect(health.rampFactor(node)).toBe(10);
  });

  it('is ejected twice as long each time that a probe fails, up to a minute', async () => {
    const { clock, health } = await ejected();
    const lengths: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      lengths.push(await outlast(clock, health, node));
      health.sent(node).failed();
    }
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('is ejected once by several probes that fail', async () => {
    const { clock, health } = await ejected();
    await outlast(clock, health, node);
    const probes = Array.from({ length: 3 }, () => health.sent(node));
    for (const probe of probes) probe.failed();
    expect(await outlast(clock, health, node)).toBe(2_000);
  });

  it('is not ejected longer by messages that were sent before', async () => {
    const { clock, health } = start();
    const stragglers = Array.from({ length: 10 }, () => health.sent(node));
    await fail(clock, health, node, 5);
    await clock.advance(1_000);
    for (const message of stragglers) message.failed();
    expect(health.isProbeDue(node)).toBe(true);
  });

  it('is not ejected again by messages that were sent before it came back', async () => {
    const { clock, health } = start();
    const stragglers = Array.from({ length: 10 }, () => health.sent(node));
    await fail(clock, health, node, 5);
    await outlast(clock, health, node);
    health.sent(node).answered();
    for (const message of stragglers) message.failed();
    expect(health.standing(node)).toBe('well');
  });

  it.each([
    [59_000, 2_000, 'it was well for less than a minute'],
    [60_000, 1_000, 'it was well for a minute'],
  ])('is, %d ms after its return, ejected for %d ms: %s', async (wellMs, lengthMs, _why) => {
    const { clock, health } = await ejected();
    await outlast(clock, health, node);
    health.sent(node).answered();
    await clock.advance(wellMs);
    await fail(clock, health, node, 5);
    expect(await outlast(clock, health, node)).toBe(lengthMs);
  });

  it('comes back early when somebody who had no other owner was answered in time', async () => {
    const { clock, health } = await ejected();
    await clock.advance(300);
    health.sent(node).failed();
    expect(health.standing(node)).toBe('ejected');
    health.sent(node).answered();
    expect(health.standing(node)).toBe('well');
  });
});

describe('a change of the cluster', () => {
  it('makes nodes that left forgotten, and their messages with them', async () => {
    const { clock, health } = start();
    const under = health.sent(node);
    health.sent(node).overdue();
    await fail(clock, health, node, 5);
    health.retain(nodes.slice(1));
    expect(health.standing(node)).toBe('well');
    expect(health.ejected().size).toBe(0);
    under.overdue();
    under.failed();
    expect(health.standing(node)).toBe('well');
    expect(health.isProbeDue(node)).toBe(false);
  });

  it('makes a node that left while it was well no sick one by its late messages', () => {
    const { health } = start();
    const under = health.sent(node);
    health.retain(nodes.slice(1));
    under.overdue();
    expect(health.standing(node)).toBe('well');
  });

  it('frees the longest ejected where more than half of a smaller datacenter would be', async () => {
    const { clock, health } = start();
    await fail(clock, health, node, 5);
    await clock.advance(10);
    await fail(clock, health, nodes[1] as ClusterNode, 5);
    health.retain(nodes.slice(0, 3));
    expect([...health.ejected()]).toEqual([nodes[1]?.id]);
    expect([health.standing(node), health.rank(node)]).toEqual(['suspect', 'failing']);
    expect(health.isProbeDue(node)).toBe(true);
  });
});
