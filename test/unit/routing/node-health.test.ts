import { describe, expect, it } from 'vitest';
import { createBlindHealth, type NodeHealth } from '../../../src/core/routing/node-health.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { makeNodes } from '../../support/rings.ts';
import { fail, watchNodes } from '../../support/sick-nodes.ts';

const nodes = makeNodes({ nodes: 4, racks: 1, replicationFactor: 3 });
const node = nodes[0] as ClusterNode;

function start(): { clock: FakeClock; health: NodeHealth } {
  return watchNodes(nodes);
}

function makeSuspect(health: NodeHealth, which = node): void {
  health.sent(which).overdue();
}

describe('a node becomes suspect', () => {
  it('when a message is overdue and nothing was answered since it was sent', () => {
    const { health } = start();
    health.sent(node).answered();
    const late = health.sent(node);
    expect(health.standing(node)).toBe('well');
    late.overdue();
    expect(health.standing(node)).toBe('suspect');
  });

  it('not when it has answered another message in time since then: it is busy, not frozen', () => {
    const { health } = start();
    const late = health.sent(node);
    health.sent(node).answered();
    late.overdue();
    expect(health.standing(node)).toBe('well');
  });

  it('although it has answered another message late since then', () => {
    const { health } = start();
    const late = health.sent(node);
    const other = health.sent(node);
    const early = health.sent(node);
    other.overdue();
    other.answered();
    early.answered();
    late.overdue();
    expect(health.standing(node)).toBe('suspect');
  });

  it('not by what another node does', () => {
    const { health } = start();
    makeSuspect(health, nodes[1]);
    expect(health.standing(node)).toBe('well');
  });

  it('not by a message that has ended', () => {
    const { health } = start();
    const ended = [health.sent(node), health.sent(node), health.sent(node)];
    ended[0]?.answered();
    ended[1]?.failed();
    ended[2]?.dismissed();
    for (const message of ended) message.overdue();
    expect(health.standing(node)).toBe('well');
  });
});

describe('a suspect node', () => {
  it('is probed a tenth of a second after it became suspect, and a tenth after a probe that came to nothing', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(99);
    expect(health.isProbeDue(node)).toBe(false);
    await clock.advance(1);
    expect(health.isProbeDue(node)).toBe(true);
    const probe = health.sent(node, true);
    await clock.advance(50);
    probe.failed();
    expect(health.isProbeDue(node)).toBe(false);
    await clock.advance(50);
    expect(health.isProbeDue(node)).toBe(true);
  });

  it('is sent no further probe while one is silent, for a second', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(100);
    const silent = health.sent(node, true);
    await clock.advance(999);
    expect(health.isProbeDue(node)).toBe(false);
    await clock.advance(1);
    expect(health.isProbeDue(node)).toBe(true);
    health.sent(node, true);
    silent.dismissed();
    await clock.advance(999);
    expect(health.isProbeDue(node)).toBe(false);
  });

  it('is probed whatever other messages to it are silent', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    health.sent(node);
    await clock.advance(100);
    expect(health.isProbeDue(node)).toBe(true);
  });

  it('is probed urgently when for a second there was no probe', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(999);
    expect(health.isProbeUrgent(node)).toBe(false);
    await clock.advance(1);
    expect(health.isProbeUrgent(node)).toBe(true);
    health.sent(node, true).dismissed();
    await clock.advance(999);
    expect(health.isProbeUrgent(node)).toBe(false);
    await clock.advance(1);
    expect(health.isProbeUrgent(node)).toBe(true);
  });

  it('is probed at once when it answers late, but not twice in a tenth of a second', async () => {
    const { clock, health } = start();
    const late = health.sent(node);
    const later = health.sent(node);
    late.overdue();
    await clock.advance(5);
    late.answered();
    expect(health.isProbeDue(node)).toBe(true);
    expect(health.isProbeUrgent(node)).toBe(false);
    health.sent(node, true).dismissed();
    later.overdue();
    later.answered();
    expect(health.isProbeDue(node)).toBe(false);
  });

  it('is probed at once when a probe is answered late', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(100);
    const probe = health.sent(node, true);
    await clock.advance(400);
    probe.overdue();
    probe.answered();
    expect(health.isProbeDue(node)).toBe(true);
  });

  it('is well when a message that was sent since is answered in time', () => {
    const { health } = start();
    makeSuspect(health);
    health.sent(node).answered();
    expect(health.standing(node)).toBe('well');
    expect(health.isProbeDue(node)).toBe(false);
  });

  it('stays suspect when a message that was sent before is answered', () => {
    const { health } = start();
    const before = health.sent(node);
    makeSuspect(health);
    before.answered();
    expect(health.standing(node)).toBe('suspect');
  });

  it('stays suspect when a message that was sent since is answered late, or fails, or is dismissed', () => {
    const { health } = start();
    makeSuspect(health);
    const late = health.sent(node);
    late.overdue();
    late.answered();
    health.sent(node).failed();
    health.sent(node).dismissed();
    expect(health.standing(node)).toBe('suspect');
  });

  it('comes back without a ramp when it was away for a moment', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(999);
    health.sent(node).answered();
    expect(health.rampFactor(node)).toBe(1);
  });

  it('comes back over ten seconds when it was away for a second', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(1_000);
    health.sent(node).answered();
    expect(health.standing(node)).toBe('well');
    expect(health.rampFactor(node)).toBe(10);
    await clock.advance(5_000);
    expect(health.rampFactor(node)).toBe(2);
    await clock.advance(5_000);
    expect(health.rampFactor(node)).toBe(1);
  });

  it('goes on with its ramp after a moment of suspicion', async () => {
    const { clock, health } = start();
    makeSuspect(health);
    await clock.advance(1_000);
    health.sent(node).answered();
    await clock.advance(4_000);
    makeSuspect(health);
    await clock.advance(100);
    health.sent(node).answered();
    await clock.advance(900);
    expect(health.rampFactor(node)).toBe(2);
  });
});

describe('health that sees nothing', () => {
  it('holds everybody for well, whatever happens', async () => {
    const health = createBlindHealth();
    makeSuspect(health);
    await fail(createFakeClock(), health, node, 10);
    health.sent(node).answered();
    health.sent(node).dismissed();
    health.retain([]);
    expect([
      health.standing(node),
      health.rank(node),
      health.isProbeDue(node),
      health.isProbeUrgent(node),
      health.rampFactor(node),
    ]).toEqual(['well', 'well', false, false, 1]);
    expect(health.ejected().size).toBe(0);
  });
});
