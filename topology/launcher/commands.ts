import { readFileSync } from 'node:fs';
import { ClusterDirectory, clusterNames } from './cluster-directory.ts';
import { type ClusterSpec, checkSpec } from './cluster-spec.ts';
import { LauncherError, messageOf, UsageError } from './launcher-error.ts';
import { LocalCluster } from './local-cluster.ts';
import { LocalProvider } from './local-provider.ts';
import { endNodes } from './local-start.ts';
import { nodeTable } from './node-table.ts';
import type { NodePlace } from './provider.ts';
import { applySchema, checkSchemaFits } from './schema.ts';

/** Where lines go: data, and talk about it. */
export interface LauncherOutput {
  print(line: string): void;
  talk(line: string): void;
}

export interface CommonOptions {
  readonly name: string;
  readonly directory: string;
  readonly json?: boolean;
}

/** What the command line does, one method a verb; each ends with showing the cluster. */
export class Commands {
  readonly #output: LauncherOutput;

  constructor(output: LauncherOutput) {
    this.#output = output;
  }

  async up(spec: ClusterSpec, options: CommonOptions, schemaPath?: string): Promise<void> {
    checkSpec(spec);
    const schema = schemaPath === undefined ? undefined : readSchema(schemaPath);
    if (schema !== undefined) checkSchemaFits(schema, spec);
    const removeHandlers = this.#endOnSignals(new ClusterDirectory(options.directory, spec.name));
    try {
      const startedAtMs = performance.now();
      const cluster = await new LocalProvider(options.directory, this.#output.talk).start(spec);
      const [first] = cluster.nodes();
      if (schema !== undefined && first !== undefined) {
        this.#output.talk(`running ${schemaPath}`);
        await applySchema(schema, first);
      }
      this.#output.talk(`up after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
      this.#show(cluster, options);
    } finally {
      removeHandlers();
    }
  }

  async down(options: CommonOptions): Promise<void> {
    const cluster = this.#attach(options);
    await cluster.stop();
    this.#output.talk(`${cluster.name} is down, its data deleted`);
    if (options.json === true) this.#output.print(JSON.stringify({ name: cluster.name, nodes: [] }));
  }

  async status(options: CommonOptions): Promise<void> {
    this.#show(this.#attach(options), options);
  }

  async add(place: NodePlace, options: CommonOptions): Promise<void> {
    const cluster = this.#attach(options);
    const node = await cluster.add(place);
    this.#output.talk(`${node.name} has joined`);
    this.#show(cluster, options);
  }

  /** A verb that acts on one node. */
  async act(task: (cluster: LocalCluster) => Promise<void>, options: CommonOptions): Promise<void> {
    const cluster = this.#attach(options);
    await task(cluster);
    this.#show(cluster, options);
  }

  #attach(options: CommonOptions): LocalCluster {
    if (new ClusterDirectory(options.directory, options.name).read() === undefined) {
      const names = clusterNames(options.directory);
      const others = names.length === 0 ? 'there is none at all' : `there are ${names.join(', ')}`;
      throw new LauncherError(`there is no cluster ${options.name}; ${others}`);
    }
    return LocalCluster.attach(options.directory, options.name, this.#output.talk);
  }

  #show(cluster: LocalCluster, options: CommonOptions): void {
    const nodes = cluster.status();
    if (options.json === true) {
      const { name, phase, directory } = cluster;
      this.#output.print(JSON.stringify({ name, phase, directory, nodes }, undefined, 2));
    } else {
      for (const line of nodeTable(nodes)) this.#output.print(line);
    }
  }

  /** Whoever interrupts a start gets no half cluster; one that was complete stays. */
  #endOnSignals(directory: ClusterDirectory): () => void {
    const end = (signal: NodeJS.Signals) => {
      this.#output.talk(`${signal}: ending the nodes that were started`);
      const state = directory.read();
      const nodes = state?.phase === 'starting' ? state.nodes : [];
      void endNodes(nodes).finally(() => process.exit(1));
    };
    const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.once(signal, end);
    return () => {
      for (const signal of signals) process.removeListener(signal, end);
    };
  }
}

function readSchema(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--schema ${path}: ${messageOf(error)}`);
  }
}
