import { describe, expect, it } from 'vitest';
import { fleetSettings } from '../../../loadtest/isolation-fleet.ts';

const surroundings = { redisPort: 7000, contactPoints: ['127.0.0.1:9042'] };

describe('the settings of the fleet', () => {
  it('send the job where it shall work, and hold it to its limits by waiting', () => {
    const plan = {
      jobDatacenter: 'us-east-1-backend',
      limits: { scan: 4_000.4, write: 120 },
      targetMs: 12.34,
    };
    expect(fleetSettings(plan, 'us-east-1-frontend', surroundings)).toMatchObject({
      redis: { url: 'redis://127.0.0.1:7000' },
      cassandra: { datacenter: 'us-east-1-frontend', contactPoints: ['127.0.0.1:9042'] },
      guard: { target: '12.3ms', min: 0.02 },
      classes: {
        frontend: { datacenters: ['us-east-1-frontend'] },
        backend: { datacenters: ['us-east-1-backend'] },
      },
      applications: {
        'nightly-report': {
          class: 'backend',
          limits: {
            scan: { rate: 4_000, burst: 4_000, onOver: 'wait' },
            // A write of 50 rows and a page of 1,000 must fit into it.
            write: { rate: 120, burst: 1_000, onOver: 'wait' },
          },
        },
      },
    });
  });

  it('set no limits and no guard where none are asked for', () => {
    const settings = fleetSettings({ jobDatacenter: 'us-east-1-backend' }, 'us-east-1-backend', surroundings);
    expect(JSON.stringify(settings)).not.toContain('limits');
    expect(settings).not.toHaveProperty('guard');
  });

  it('keep no rows, which would hide the job', () => {
    const plan = { jobDatacenter: 'us-east-1-backend' };
    expect(JSON.stringify(fleetSettings(plan, 'us-east-1-frontend', surroundings))).not.toContain('cache');
  });
});
