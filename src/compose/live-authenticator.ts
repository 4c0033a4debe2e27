import type { Config } from '../config/config.ts';
import type { Application } from '../core/applications.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticate.ts';

/**
 * An authenticator that follows the configuration. The mode cannot change without a restart.
 *
 * An application is sent to the datacenters that are connected to. Where a change names others only, it goes on reading
 * where it did until `follow` is called again with a connection.
 */
export function createLiveAuthenticator(
  initial: Config,
  isConnectedTo: (datacenter: string) => boolean,
): {
  readonly authenticator: Authenticator;
  /** The configuration, or what is connected to, has changed. */
  follow(config: Config): void;
} {
  let reached = new Map<string, readonly string[]>();
  const reach = (config: Config): Authenticator => {
    const applications = config.applications.map(({ application, keyHashes }) => ({
      application: within(application, isConnectedTo, reached.get(application.name)),
      keyHashes,
    }));
    reached = new Map(applications.map(({ application }) => [application.name, application.datacenters]));
    return authenticatorOf({ ...config, applications });
  };
  let current = reach(initial);
  return {
    authenticator: {
      challenge: current.challenge,
      authenticate: (headers, remoteAddress) => current.authenticate(headers, remoteAddress),
    },
    follow(changed) {
      current = reach(changed);
    },
  };
}

function within(
  application: Application,
  isConnectedTo: (datacenter: string) => boolean,
  before: readonly string[] | undefined,
): Application {
  const connected = application.datacenters.filter(isConnectedTo);
  if (connected.length > 0) return { ...application, datacenters: connected };
  const still = before?.filter(isConnectedTo) ?? [];
  return still.length > 0 ? { ...application, datacenters: still } : application;
}

function authenticatorOf({
  authentication,
  applications,
}: Pick<Config, 'authentication' | 'applications'>): Authenticator {
  if (authentication.mode === 'keys') {
    const keys = applications.flatMap(({ application, keyHashes }) =>
      keyHashes.map((hash) => [hash, application] as const),
    );
    return createAuthenticator({ mode: 'keys', keys: new Map(keys) });
  }
  return createAuthenticator({
    mode: 'trusted',
    applications: new Map(applications.map(({ application }) => [application.name, application])),
    trustedProxies: authentication.trustedProxies,
  });
}
