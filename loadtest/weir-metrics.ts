/** `name{label="value",…} number`, as Prometheus' text format has it. */
const samplePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** One look at what a Weir has counted since its start. */
export class WeirMetrics {
  readonly #samples: readonly {
    readonly name: string;
    readonly labels: ReadonlyMap<string, string>;
    readonly value: number;
  }[];

  /** `text` is that of `/metrics`. */
  constructor(text: string) {
    this.#samples = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = samplePattern.exec(line) ?? [];
      return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: Number(value) }];
    });
  }

  /** Over all series of the name that have these labels; 0 where there are none. */
  sum(name: string, wanted: Readonly<Record<string, string>> = {}): number {
    return this.#samples
      .filter((sample) => sample.name === name)
      .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels.get(label) === value))
      .reduce((total, { value }) => total + value, 0);
  }
}

function parseLabels(text: string): ReadonlyMap<string, string> {
  return new Map(Array.from(text.matchAll(labelPattern), ([, label = '', value = '']) => [label, value]));
}
