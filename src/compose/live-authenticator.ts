import type { Config } from '../config/config.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticate.ts';

/** An authenticator that follows the configuration. The mode cannot change without a restart. */
export function createLiveAuthenticator(config: Config): {
  readonly authenticator: Authenticator;
  follow(config: Config): void;
} {
  let current = authenticatorOf(config);
  return {
    authenticator: {
      challenge: current.challenge,
      authenticate: (headers, remoteAddress) => current.authenticate(headers, remoteAddress),
    },
    follow(changed) {
      current = authenticatorOf(changed);
    },
  };
}

function authenticatorOf({ authentication, applications }: Config): Authenticator {
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
