import type { ProblemSlug } from './errors.ts';

/** What a slug means and what its receiver can do; code stands in backticks. */
export interface ProblemGuide {
  readonly when: string;
  readonly whatToDo: string;
}

/** Shown at `/problems/<slug>` and in the reference. A new slug does not compile without its entry. */
export const problemGuides: Readonly<Record<ProblemSlug, ProblemGuide>> = {
  'invalid-request': {
    when: 'The address, a header, a parameter or the body is malformed: no JSON, not UTF-8, an unknown field, a key that is not of its type; or the request did not arrive as a whole within 30 seconds.',
    whatToDo: 'Read `errors`: it lists the first 100 bad places with the rule that each breaks.',
  },
  unauthenticated: {
    when: 'No credential, or an unknown one; with `auth: trusted` a caller that is not a trusted proxy, or names an application that is not configured. `WWW-Authenticate` names what is expected.',
    whatToDo:
      "Send `Authorization: Bearer …` with a credential whose hash stands in the application's `keyHashes` (on the admin port: in `admin.keyHashes`), or `X-Weir-App`.",
  },
  'operation-not-granted': {
    when: 'The application has a grant on the table, but not for this operation.',
    whatToDo: "Add the operation to the application's `tables` in the configuration.",
  },
  'role-required': {
    when: 'The key is known and may look, but not change: the request needs the role `operator`.',
    whatToDo: 'Use a key whose hash stands in `admin.keyHashes.operator`.',
  },
  'cross-origin': {
    when: "The `Origin` of the request is not this port's own: a page of another site made a browser send it.",
    whatToDo: 'Call Weir from a program, not from a page; the page of this port at `/docs` may call it.',
  },
  'not-found': {
    when: 'There is nothing at this address; there is no such table, or nothing is granted on it. The last two are not told apart, so that names of tables are not given away.',
    whatToDo: 'Check the address, keyspace and table, which are exact, and the grants of the application.',
  },
  'row-not-found': {
    when: 'The table has no row with this primary key.',
    whatToDo: 'Take it as the answer; check the key if the row should be there.',
  },
  'method-not-allowed': {
    when: 'The address exists, and takes other methods than this one. `Allow` lists them.',
    whatToDo: 'Use one of the methods in `Allow`.',
  },
  'cursor-stale': {
    when: 'Columns that the scan reads were dropped or changed since it began, or one of them is not granted any more, or the key of the table has changed. `restart` has the range, or the key, that is not delivered yet.',
    whatToDo: 'Begin a new scan with what `restart` has; rows of its first partition may come a second time.',
  },
  'precondition-failed': {
    when: '`If-Match` names other settings than those that hold: somebody has changed them since they were read. Nothing is changed.',
    whatToDo: 'Read the settings again, and send the change with their new `ETag`.',
  },
  'too-large': {
    when: 'More keys than `bounds.keys`, more rows than `bounds.rows` asked for, more rows of a write than `bounds.writeRows`, a body beyond `bounds.bodySize`, or headers beyond what is taken.',
    whatToDo: 'Split the request, or give a smaller `limitPerKey`.',
  },
  'unsupported-media-type': {
    when: 'The body is not of the media type that the address takes, `application/json` on the data port, or it has a `Content-Encoding`.',
    whatToDo: 'Send it plain, with its `Content-Type`.',
  },
  'host-not-allowed': {
    when: 'The `Host` header is neither an address nor `localhost` nor a name that is allowed: a page may have given this port a name of its own to reach it from a browser.',
    whatToDo:
      'Call the port by its address, or add the name to its `allowedHosts`: `data.allowedHosts` or `admin.allowedHosts`.',
  },
  'invalid-configuration': {
    when: 'The configuration file was checked and refused; what was in force stays in force.',
    whatToDo: 'Read `errors`: each fault has its place in the file, what is wrong and why.',
  },
  impossible: {
    when: 'A column that does not exist, is not granted or whose type is not carried, a consistency level that the table does not allow, a single key whose rows are larger than `bounds.answerSize`, a range across the seam of the ring, a table that is not `writable`, a write that could not be repeated (counters, conditions, changes of single elements), or with `Prefer: handling=strict` more keys or rows than a limit ever gives units for at once.',
    whatToDo:
      'Read `errors`; for an answer that is too large name fewer `columns` or a smaller `limitPerKey`; split a strict look-up that needs more than the burst of a limit in `violated-policies`.',
  },
  'session-required': {
    when: 'The application has a limit on `connect`, and the request names no session in `X-Weir-Session`, or one that has ended.',
    whatToDo: 'Open a session at `/v1/sessions`, name it in `X-Weir-Session`, and renew it in time.',
  },
  'over-quota': {
    when: 'A limit is reached: of the application, of its class or of all, as `violated-policies` tells, or on its sessions or permits. A look-up in which some keys are answered is 200, and the others are `unprocessed` with the reason `quota`; with `Prefer: handling=strict` it is refused as a whole, and costs nothing. With `reason: guard` the limit is lowered for a while to protect others; `slowedTo` is the part of it that is left.',
    whatToDo:
      'Repeat after `Retry-After-Ms`, or wait for units with `Prefer: wait=SECONDS`; `GET /v1/limits` tells how much there is. Who operates Weir can set another limit at once.',
  },
  'application-paused': {
    when: 'An operator has paused the application: it is refused whatever counts against a limit until it is resumed.',
    whatToDo:
      'Ask who operates Weir; `applications/…/resume` on the admin port ends the pause. `Retry-After` is a fixed 5 s: nobody knows when.',
  },
  'queue-full': {
    when: 'The limit of the application is reached, and as many of its callers wait for their turn as may.',
    whatToDo: 'Repeat after `Retry-After-Ms`, with fewer requests at once.',
  },
  internal: {
    when: "A fault of Weir's own. Nothing of it is told to the caller.",
    whatToDo: 'Look for the request id in the log; report it.',
  },
  'limiter-unavailable': {
    when: 'Redis, which counts the limits and keeps what is set at run time, does not answer, and a limit of the request says to deny then (`onStoreDown: deny`); or the settings were to be changed.',
    whatToDo:
      'Repeat after `Retry-After-Ms`; `/readyz?verbose` tells what is missing. A change may have been made all the same: read the settings first.',
  },
  overload: {
    when: 'No key could be sent, because `bounds.keysInFlight` or, at every owner that is up, `bounds.inFlightPerHost` was reached; or as many scans run as may (`scans.streams`).',
    whatToDo: 'Repeat after `Retry-After-Ms`; add instances, or nodes.',
  },
  'not-ready': {
    when: 'The schema cannot be read from the cluster, usually because it has not been reached since the start.',
    whatToDo: 'Repeat later; `/readyz?verbose` tells what is missing.',
  },
  draining: {
    when: 'The instance is shutting down and takes no further requests; scans are refused from its first moment on, others after `shutdown.delay`.',
    whatToDo: 'Repeat: a load balancer that asks `/readyz` finds another instance.',
  },
  'no-replica': {
    when: "No owner of the key is up in the datacenters of the application's class.",
    whatToDo: "Repeat later; check the nodes, and the keyspace's replication in those datacenters.",
  },
  'replica-overloaded': {
    when: 'The node sheds load, or its connections are full.',
    whatToDo: 'Repeat later, more slowly.',
  },
  'replica-unavailable': {
    when: 'Too few replicas are up for the consistency level, or the node is still joining.',
    whatToDo: 'Repeat later, or ask with a lower consistency level.',
  },
  'replica-timeout': {
    when: 'A replica did not answer the node in time, or the node had not answered when the deadline came.',
    whatToDo: 'Repeat; give a longer `X-Request-Timeout-Ms`.',
  },
  'replica-failure': {
    when: 'A replica failed while reading or writing: too many tombstones, corruption, a fault that has no name here.',
    whatToDo: 'Repeat once; if it stays, look at the log of the node.',
  },
  'replica-rejected': {
    when: 'Cassandra refused the statement: credentials, permissions, a table that changed under the request. Every node would say the same.',
    whatToDo: 'Check the role that Weir logs in with, and its permissions.',
  },
  'connection-lost': {
    when: 'The connection to the node broke while the message was under way.',
    whatToDo: 'Repeat.',
  },
  'node-gone': {
    when: 'There is no connection to the node, or it has left the cluster.',
    whatToDo: 'Repeat: the next plan leaves the node out once it is known to be down.',
  },
  'unreadable-value': {
    when: 'A stored value is beyond what the encodings can carry, such as a timestamp of the year 300000.',
    whatToDo: 'Leave the column out of `columns`, or correct the row.',
  },
  'deadline-exceeded': {
    when: 'The deadline passed before any key was found or missing or any row was written, before the schema was known, or before the body arrived.',
    whatToDo: 'Give a longer `X-Request-Timeout-Ms`, up to `bounds.timeout`, or fewer keys.',
  },
};
