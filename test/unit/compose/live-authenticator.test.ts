import { describe, expect, it } from 'vitest';
import { createLiveAuthenticator } from '../../../src/compose/live-authenticator.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { writeConfig } from '../../support/config-file.ts';

const reading = (...datacenters: readonly string[]) =>
  loadConfig({
    file: writeConfig(`data: { host: 127.0.0.1, port: 8080 }
cassandra: { contactPoints: [127.0.0.11], datacenter: east }
auth: trusted
classes: { frontend: { datacenters: [${datacenters.join(', ')}] } }
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
`),
    env: {},
  });

/** An authenticator, and where it sends the application now. */
function following(...datacenters: readonly string[]) {
  const connected = new Set<string>();
  const live = createLiveAuthenticator(reading(...datacenters), (name) => connected.has(name));
  const sentTo = () =>
    live.authenticator.authenticate({ 'x-weir-app': 'storefront' }, '127.0.0.1').datacenters;
  return { connected, sentTo, follow: live.follow };
}

describe('the datacenters that an application is sent to', () => {
  it('are those of the configuration before anything is connected to', () => {
    expect(following('east', 'west').sentTo()).toEqual(['east', 'west']);
  });

  it('are those of before until the new ones of a reload are connected to', () => {
    const { connected, sentTo, follow } = following('east');
    connected.add('east');
    const changed = reading('west');
    follow(changed);
    expect(sentTo()).toEqual(['east']);
    connected.add('west');
    follow(changed);
    expect(sentTo()).toEqual(['west']);
  });

  it('are the connected ones where only a fallback is still to come', () => {
    const { connected, sentTo, follow } = following('east');
    connected.add('east');
    follow(reading('west', 'east'));
    expect(sentTo()).toEqual(['east']);
  });

  it('are the new ones where those of before are no longer connected to', () => {
    const { connected, sentTo, follow } = following('east');
    connected.add('east');
    follow(reading('east'));
    connected.clear();
    follow(reading('west'));
    expect(sentTo()).toEqual(['west']);
  });
});
