import { describe, expect, it } from 'vitest';
import { bookedLimit, createSessionParts } from '../../support/session-parts.ts';

const job = { name: 'job', className: 'backend' };
const connect = bookedLimit('connect', { rate: 1, burst: 2 });

describe('a session that was opened', () => {
  it('tells the throttle how the limits on the rate stand', async () => {
    const { sessions, noted } = createSessionParts({ connect: [connect] });
    expect((await sessions.open(job, {})).kind).toBe('held');
    const state = expect.objectContaining({ remaining: 1, fullInMs: 1_000 });
    expect(noted).toEqual([[job, 'connect', [connect], [state]]]);
  });
});
