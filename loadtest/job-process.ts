/**
 * A job in a process of its own, so that its work delays nobody who measures. Started by `JobProcess`, ordered about and
 * asked by messages; it ends with whoever started it.
 */
import { JobLoop } from './job-loop.ts';
import type { JobMessage, JobOrder, JobPlan } from './job-plan.ts';
import { StraightWork } from './job-straight.ts';
import { WeirWork } from './job-through-weir.ts';
import type { JobWork } from './job-work.ts';

const tellEveryMs = 200;

let loop: JobLoop | undefined;

process.on('message', (order: JobOrder) => {
  const task = order.kind === 'prepare' ? prepare(order.plan) : begin();
  task.catch((error: unknown) => tell({ kind: 'failed', reason: String(error) }));
});
process.once('disconnect', () => process.exit());

async function prepare(plan: JobPlan): Promise<void> {
  const work = workOf(plan);
  loop = new JobLoop(work, await work.open(), plan);
  tell({ kind: 'ready' });
}

async function begin(): Promise<void> {
  if (loop === undefined) throw new Error('the job was not prepared');
  const { counts } = loop;
  tell({ kind: 'counts', counts });
  setInterval(() => {
    if (loop !== undefined) tell({ kind: 'counts', counts: loop.counts });
  }, tellEveryMs);
  await loop.run();
}

function workOf(plan: JobPlan): JobWork {
  return plan.way.kind === 'straight' ? new StraightWork(plan, plan.way) : new WeirWork(plan, plan.way);
}

function tell(message: JobMessage): void {
  process.send?.(message);
}
