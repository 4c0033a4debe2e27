import { nearestName } from './nearest-name.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

/** Rules between applications, their classes, and the keys of both ports. */
export function checkCallers(settings: Settings, report: Report): void {
  const { applications, classes, auth } = settings;
  if (Object.keys(applications).length === 0) {
    report(['applications'], 'is empty', 'nobody could ask anything');
  }
  const known = Object.keys(classes ?? {});
  const listed = new Set(known);
  for (const [name, application] of Object.entries(applications)) {
    // A class need not be listed. One that is nearly a listed name would silently read somewhere else.
    const nearest = listed.has(application.class) ? undefined : nearestName(application.class, known);
    if (nearest !== undefined) {
      const why = `classes has ${known.join(', ')}; correct it, or list it under classes if it is meant`;
      report(['applications', name, 'class'], 'looks like a misspelt class', why, nearest);
    }
    if (auth === 'keys' && application.keyHashes === undefined) {
      const why = 'auth is keys, so nobody could be this application; an empty list says so on purpose';
      report(['applications', name], 'has no keyHashes', why);
    }
  }
  checkHolders(settings, report);
}

/** A credential says who somebody is: it belongs to one application, or to one role of the admin port. */
function checkHolders({ applications, admin }: Settings, report: Report): void {
  const holders = new Map<string, string>();
  const hold = (path: readonly string[], holder: string, hashes: readonly string[]) => {
    for (const [index, hash] of hashes.entries()) {
      const other = holders.get(hash);
      if (other !== undefined) {
        const why = `${other} has the same; a credential belongs to one holder`;
        report([...path, String(index)], 'is given twice', why);
      }
      holders.set(hash, holder);
    }
  };
  for (const [name, { keyHashes }] of Object.entries(applications)) {
    hold(['applications', name, 'keyHashes'], name, keyHashes ?? []);
  }
  for (const role of ['operator', 'viewer'] as const) {
    hold(['admin', 'keyHashes', role], `admin.keyHashes.${role}`, admin.keyHashes[role]);
  }
  const { operator, viewer } = admin.keyHashes;
  if (admin.metrics === 'viewer' && operator.length + viewer.length === 0) {
    report(['admin', 'metrics'], 'needs a key in admin.keyHashes', 'nobody could read the metrics');
  }
}
