/** What V8 writes with `--cpu-prof`; only what is read here. Times are µs of the monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  /** The node on top of the stack at each sample. */
  readonly samples: readonly number[];
  /** Before each sample, since the one before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

export interface Share {
  readonly name: string;
  /** Of the time that was not idle, 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  /** Time that was not idle. */
  readonly busyMs: number;
  /** By category, largest first; they add up to 1. */
  readonly categories: readonly Share[];
  /** Functions by their own time, largest first. */
  readonly functions: readonly Share[];
}

const idle = '(idle)';

/** Where to find the time of a function, by the first rule that fits its script and its name. */
const rules: readonly { readonly category: string; readonly url?: RegExp; readonly name?: RegExp }[] = [
  { category: 'garbage collection', name: /^\(garbage collector\)$/ },
  { category: 'native code (system calls, JSON.parse, compiler)', name: /^\((program|root)\)$/ },
  {
    category: 'socket writes (system calls)',
    url: /^$/,
    name: /^write(v|Buffer|(Utf8|Latin1|Ascii|Ucs2)String)$/,
  },
  { category: 'bytes to text and back (native)', url: /^$/, name: /^(utf8|latin1|ascii|hex)(Slice|Write)/ },
  {
    category: 'driver: decoding and encoding',
    url: /\/cassandra-driver\/lib\/(encoder|readers|writers|streams|types\/|requests|utils)/,
  },
  { category: 'driver: connections and requests', url: /\/cassandra-driver\// },
  { category: 'JSON parsing of requests', url: /\/secure-json-parse\/|\/src\/http\/json-body/ },
  { category: 'JSON parsing of requests', url: /^$/, name: /^parse$/ },
  { category: 'planning and tokens', url: /\/src\/core\/(routing|token)\// },
  {
    category: 'encoding of keys and rows',
    url: /\/src\/core\/encoding\/|\/src\/core\/reads\/answer|\/src\/adapters\/cassandra\/value-reader/,
  },
  { category: 'Cassandra adapter', url: /\/src\/adapters\/cassandra\// },
  { category: 'read path', url: /\/src\/core\// },
  { category: 'metrics and logs', url: /\/src\/adapters\/prometheus\/|\/(prom-client|pino|sonic-boom)\// },
  {
    category: 'HTTP',
    url: /\/src\/http\/|\/node_modules\/(@?fastify|find-my-way|avvio|light-my-request)|^node:_http|^node:internal\/http/,
  },
  { category: "Node's sockets, streams and timers", url: /^node:/ },
];

export function categoryOf({ url, functionName }: CallFrame): string {
  const rule = rules.find(
    (candidate) =>
      (candidate.url === undefined || candidate.url.test(url)) &&
      (candidate.name === undefined || candidate.name.test(functionName)),
  );
  return rule?.category ?? (url === '' ? "V8's own functions" : 'other');
}

/** Self times between two moments of the monotonic clock, in µs. */
export function summarizeProfile(profile: CpuProfile, fromMicros: number, toMicros: number): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const categories = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMicros = 0;
  let atMicros = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const deltaMicros = profile.timeDeltas[index] ?? 0;
    atMicros += deltaMicros;
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === idle) continue;
    if (atMicros < fromMicros || atMicros > toMicros) continue;
    busyMicros += deltaMicros;
    add(categories, categoryOf(frame), deltaMicros);
    add(functions, describeFunction(frame), deltaMicros);
  }
  return {
    busyMs: busyMicros / 1000,
    categories: sharesOf(categories, busyMicros),
    functions: sharesOf(functions, busyMicros),
  };
}

/** The name and where it stands, without the directories that differ from machine to machine. */
function describeFunction({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const place = /(?:^|\/)(?:node_modules|src)\/.*$/.exec(url)?.[0].replace(/^\/(node_modules\/)?/, '') ?? url;
  return `${name} (${place}:${lineNumber + 1})`;
}

function add(totals: Map<string, number>, name: string, micros: number): void {
  totals.set(name, (totals.get(name) ?? 0) + micros);
}

function sharesOf(totals: ReadonlyMap<string, number>, allMicros: number): readonly Share[] {
  return Array.from(totals, ([name, micros]) => ({ name, share: micros / allMicros })).sort(
    (left, right) => right.share - left.share,
  );
}
