/** The counters of a Weir at one moment, from its own `/metrics`. */
export interface ScrapedMetrics {
  /** The sum over all series of the name whose labels include these. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

const series = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

export async function scrapeMetrics(adminUrl: string): Promise<ScrapedMetrics> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const found = text.split('\n').flatMap((line) => {
    const match = series.exec(line);
    return match === null ? [] : [{ name: match[1], labels: match[2] ?? '', value: Number(match[3]) }];
  });
  return {
    sum(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return found
        .filter((each) => each.name === name && wanted.every((part) => each.labels.includes(part)))
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}
