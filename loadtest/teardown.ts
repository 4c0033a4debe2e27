/** What was started and must be ended, last started first. */
export class Teardown {
  readonly #tasks: { readonly name: string; readonly end: () => Promise<void> }[] = [];
  readonly #report: (line: string) => void;
  #running: Promise<void> | undefined;

  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** `end` may be called while the thing is still starting. */
  add(name: string, end: () => Promise<void>): void {
    this.#tasks.push({ name, end });
  }

  /** Ends everything, once, however often it is called; a failure is reported and stops nothing. */
  run(): Promise<void> {
    this.#running ??= this.#endAll();
    return this.#running;
  }

  async #endAll(): Promise<void> {
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      try {
        await task.end();
      } catch (error) {
        this.#report(`${task.name} did not end: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
