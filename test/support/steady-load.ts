import { Agent, request } from 'node:http';
import { eventually } from './eventually.ts';

/** What came of the requests of a load. Every request that was sent is in exactly one of the other numbers. */
export interface LoadCount {
  readonly sent: number;
  /** Answered with 200 and what was expected. */
  readonly answered: number;
  /** Answered with something else; by what was answered. */
  readonly refused: Readonly<Record<string, number>>;
  /** Never answered, by the code of the fault. */
  readonly lost: Readonly<Record<string, number>>;
  readonly underWay: number;
}

export interface SteadyLoad {
  count(): LoadCount;
  /** Resolves when so many more requests have been answered, however they were. */
  settle(more: number): Promise<void>;
  /** No further requests; resolves when all that are under way have come to an end. */
  stop(): Promise<LoadCount>;
}

export interface LoadRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the body of a 200 is the right answer. */
  readonly isRight: (body: string) => boolean;
}

/** A minute: a machine that carries a whole cluster may stand still for seconds, and nothing here is about speed. */
const patience = { attempts: 12_000, pauseMs: 5 };

/**
 * So many callers, each on a connection that is kept alive, and each sending its next request as soon as the last one
 * is answered. A caller gives up when a request of its own got no answer at all: nobody listens any more.
 */
export function startLoad(next: () => LoadRequest, callers: number): SteadyLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const counts = { sent: 0, answered: 0, underWay: 0 };
  const refused: Record<string, number> = {};
  const lost: Record<string, number> = {};
  let stopped = false;
  const call = async (): Promise<void> => {
    while (!stopped) {
      counts.sent += 1;
      counts.underWay += 1;
      const asked = next();
      try {
        const { status, body } = await post(agent, asked);
        if (status !== 200) count(refused, `${status} ${typeOf(body)}`);
        else if (asked.isRight(body)) counts.answered += 1;
        else count(refused, '200 with another answer');
      } catch (error) {
        count(lost, (error as NodeJS.ErrnoException).code ?? String(error));
        return;
      } finally {
        counts.underWay -= 1;
      }
    }
  };
  const calling = Promise.all(Array.from({ length: callers }, call));
  const current = (): LoadCount => ({ ...counts, refused: { ...refused }, lost: { ...lost } });
  const settled = (): number => counts.sent - counts.underWay;
  return {
    count: current,
    settle: async (more) => {
      const goal = settled() + more;
      const answered = await eventually('', () => settled() >= goal || undefined, patience).catch(
        () => false,
      );
      // What came of the others tells a slow cluster from a Weir that has gone.
      if (!answered)
        throw new Error(`waited for ${goal} requests to be settled: ${JSON.stringify(current())}`);
    },
    stop: async () => {
      stopped = true;
      await calling;
      agent.destroy();
      return current();
    },
  };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function typeOf(body: string): string {
  try {
    return String((JSON.parse(body) as { type?: unknown }).type);
  } catch {
    return 'without a problem';
  }
}

function post(agent: Agent, { url, headers, body }: LoadRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
