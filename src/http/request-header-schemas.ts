/** Request headers for OpenAPI. All are optional and checked where they are read. */
export const callHeaders = {
  'X-Request-Timeout-Ms': {
    type: 'integer',
    minimum: 1,
    description: 'How long the caller waits, from the arrival of the headers; capped by `bounds.timeout`',
    examples: [250],
  },
  'X-Request-Id': {
    type: 'string',
    pattern: '^[A-Za-z0-9._-]{1,64}$',
    description: 'For logs and answers; replaced by a new one where it does not have this form',
  },
  traceparent: {
    type: 'string',
    description: 'W3C trace context, passed on to Cassandra; ignored where it is malformed',
    examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  },
};

/** Of what reads rows. */
export const readHeaders = {
  'Cache-Control': {
    type: 'string',
    description: '`no-cache`: read from Cassandra, whatever the cache has; other directives are ignored',
    examples: ['no-cache'],
  },
  'X-Weir-Speculative-Retry': {
    type: 'string',
    description:
      'Ask other owners as well no sooner than this: `NONE`, `ALWAYS`, a percentile such as `99p`, a time such as `15ms`, `MIN(99p,15ms)` or `MAX(99p,15ms)`. The rule of the application or the table holds all the same: a request can only ask for less',
    examples: ['NONE', 'MAX(99p,40ms)'],
  },
};

export const debugHeader = {
  'X-Debug': { type: 'string', enum: ['1'], description: 'Tell where the answer came from and what it took' },
};

/** Of the row, whose one key is all or nothing in any case. */
export const waitHeader = {
  Prefer: {
    type: 'string',
    description:
      '`wait=SECONDS`: wait so long for a unit where a limit is reached, never beyond the deadline',
    examples: ['wait=1'],
  },
};

export const sessionHeader = {
  'X-Weir-Session': {
    type: 'string',
    description: 'A session that the application holds; required where it has a limit on `connect`',
  },
};

/** Response headers. */
export const requestIdHeader = {
  'X-Request-Id': { type: 'string', description: 'Finds the request in the log' },
};

export const serverTimingHeader = {
  'Server-Timing': {
    type: 'string',
    description:
      'With `X-Debug: 1`: `quota` (until the limits had decided, where they were asked), `cache` (how many keys it answered, where the table has one), `cassandra` (first message to last outcome) and `total`, in ms',
  },
};

export const rateLimitHeaders = {
  'RateLimit-Policy': {
    type: 'string',
    description: "The application's own limit, where it has one: `q` units in `w` seconds",
    examples: ['"read";q=40000;w=2'],
  },
  RateLimit: {
    type: 'string',
    description:
      'Where it stands, as last known here: `r` units could be had at once, and in `t` seconds all, or some where the answer says when to come again',
    examples: ['"read";r=39950;t=1'],
  },
};

export const preferenceAppliedHeader = {
  'Preference-Applied': {
    type: 'string',
    description: 'What of `Prefer` was heeded; `wait` where a limit was asked for units',
  },
};

export const cacheStatusHeader = {
  'Cache-Status': {
    type: 'string',
    description:
      'RFC 9211, of tables with a cache: `weir; hit` where the cache had every key, else `fwd` with the reason why keys were read: `miss`, `partial`, `stale` (Cassandra failed, kept rows stand in), `request` (`no-cache`), `bypass` (the application does without the cache); `collapsed` where reads that others had begun answered them',
    examples: ['weir; hit', 'weir; fwd=partial; detail="30 of 50 keys"'],
  },
};

/** Whoever knows one of them: which one counts is configured. */
export const callerSecurity = [{ key: [] }, { application: [] }];

export const callerSecuritySchemes = {
  key: { type: 'http', scheme: 'bearer', description: 'With `auth: keys`: a key of the application' },
  application: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Weir-App',
    description: 'With `auth: trusted`: the name of the application, from a trusted proxy',
  },
};
