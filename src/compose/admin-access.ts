import type { AdminAccess } from '../admin/access.ts';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/cross-checks.ts';

/** Who may do what on the admin port. Looking is free for this machine until somebody is given a key. */
export function adminAccess({ admin }: Config): AdminAccess {
  const operator = new Set(admin.keyHashes.operator);
  const viewer = new Set(admin.keyHashes.viewer);
  return {
    operator,
    viewer,
    openMetrics: admin.metrics === 'open',
    openViewing: isLoopback(admin.host) && operator.size + viewer.size === 0,
  };
}
