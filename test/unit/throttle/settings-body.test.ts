import { describe, expect, it } from 'vitest';
import { fleetBounds } from '../../../src/core/throttle/fleet-bounds.ts';
import { readSettingsBody, writeSettingsBody } from '../../../src/core/throttle/settings-body.ts';

const body = {
  limits: {
    'storefront/connect': { rate: 5, sessions: 7 },
    'class:backend/scan': { enforce: 'shadow' as const },
  },
  paused: ['storefront'],
};

describe('settings as text', () => {
  it('are read as they were written', () => {
    expect(readSettingsBody(writeSettingsBody(body))).toEqual(body);
    expect(readSettingsBody(writeSettingsBody({ limits: {}, paused: [] }))).toEqual({
      limits: {},
      paused: [],
    });
  });

  it.each([
    ['', 'nothing'],
    ['null', 'no object'],
    ['{"limits":{}}', 'no list of the paused'],
    ['{"paused":[]}', 'no limits'],
    ['{"limits":[],"paused":[]}', 'limits that are a list'],
    ['{"limits":{},"paused":[7]}', 'a name that is none'],
    ['{"limits":{"storefront/read":null},"paused":[]}', 'a change that is none'],
    ['{"limits":{"storefront/guess":{"rate":1}},"paused":[]}', 'an unknown operation'],
    ['{"limits":{"class:a:b/read":{"rate":1}},"paused":[]}', 'a name that names nobody'],
    ['{"limits":{"__proto__":{"rate":1}},"paused":[]}', 'a name that is something else in JavaScript'],
    ['{"limits":{"storefront/read":{"rate":0}},"paused":[]}', 'a limit that breaks a rule'],
    ['{"limits":{"storefront/read":{"reserve":1}},"paused":[]}', 'a member of a later version'],
    ['{"limits":{},"paused":[],"guard":{}}', 'settings of a later version'],
    [' '.repeat(fleetBounds.settingsBody) + writeSettingsBody(body), 'more than is ever written'],
  ])('are not taken from %.40s (%s)', (text) => {
    expect(readSettingsBody(text)).toBeUndefined();
  });
});
