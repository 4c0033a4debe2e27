import { setTimeout as delay } from 'node:timers/promises';
import { getContainerRuntimeClient, type StartedNetwork, type StartedTestContainer } from 'testcontainers';
import { type ClusterSpec, nativePort, type PlannedNode, planNode } from './cluster-spec.ts';
import { startContainer } from './container-node.ts';
import { LauncherError, UsageError } from './launcher-error.ts';
import { isListening } from './network-port.ts';
import { emptiestRack } from './node-places.ts';
import { parseProcessStat } from './process-identity.ts';
import type { NodePlace, Report, RunningCluster, RunningNode } from './provider.ts';
import { waitForRingAgreement } from './ring-agreement.ts';

type Condition = 'running' | 'paused' | 'gone';

interface ContainerNode extends PlannedNode {
  readonly container: StartedTestContainer;
  readonly condition: Condition;
}

const agreementTimeoutMs = 180_000;
const serveTimeoutMs = 180_000;
const seedCount = 3;

/** A cluster of containers on one network. Known to this process only. */
export class ContainerCluster implements RunningCluster {
  readonly name: string;
  readonly #spec: ClusterSpec;
  readonly #network: StartedNetwork;
  readonly #report: Report;
  readonly #nodes = new Map<string, ContainerNode>();
  #nextNumber = 1;

  constructor(spec: ClusterSpec, network: StartedNetwork, report: Report) {
    this.name = spec.name;
    this.#spec = spec;
    this.#network = network;
    this.#report = report;
  }

  /** Starts the first nodes, one after another: each learns the ring from those before it. */
  async found(planned: readonly PlannedNode[]): Promise<void> {
    const seeds = planned.slice(0, seedCount).map(({ name }) => name);
    for (const node of planned) await this.#launch(node, seeds, false);
    this.#nextNumber = planned.length + 1;
    await this.#agree();
  }

  nodes(): readonly RunningNode[] {
    return [...this.#nodes.values()].map(describeNode);
  }

  async pause(nodeName: string): Promise<void> {
    await (await handleOf(this.#node(nodeName, 'running'))).pause();
    this.#change(nodeName, { condition: 'paused' });
  }

  async resume(nodeName: string): Promise<void> {
    await (await handleOf(this.#node(nodeName, 'paused'))).unpause();
    this.#change(nodeName, { condition: 'running' });
  }

  async kill(nodeName: string): Promise<void> {
    const node = this.#node(nodeName);
    if (node.condition === 'gone') throw new LauncherError(`${nodeName} is down`);
    await (await handleOf(node)).kill({ signal: 'SIGKILL' });
    this.#change(nodeName, { condition: 'gone' });
  }

  /** The container keeps its volume, and so its data; the network may give it another address. */
  async start(nodeName: string): Promise<void> {
    const handle = await handleOf(this.#node(nodeName, 'gone'));
    await handle.start();
    const networks = (await handle.inspect()).NetworkSettings.Networks;
    const address = networks[this.#network.getName()]?.IPAddress;
    if (address === undefined) throw new LauncherError(`${nodeName} came back without an address`);
    const giveUpAt = Date.now() + serveTimeoutMs;
    while (!(await isListening(address, nativePort))) {
      if (Date.now() > giveUpAt)
        throw new LauncherError(`${nodeName} does not serve after ${serveTimeoutMs / 1000} s`);
      await delay(200);
    }
    this.#change(nodeName, { condition: 'running', address });
    await this.#agree();
  }

  async add(place: NodePlace): Promise<RunningNode> {
    const rack = place.rack ?? emptiestRack([...this.#nodes.values()], place.datacenter);
    const planned = planNode(this.#spec, this.#nextNumber, place.datacenter, rack);
    this.#nextNumber += 1;
    const seeds = this.#inCondition('running').slice(0, seedCount);
    await this.#launch(
      planned,
      seeds.map(({ name }) => name),
      true,
    );
    await this.#agree();
    return describeNode(this.#node(planned.name));
  }

  async remove(nodeName: string): Promise<void> {
    const node = this.#node(nodeName, 'running');
    const { exitCode, output } = await node.container.exec(['nodetool', 'decommission', '--force']);
    if (exitCode !== 0) throw new LauncherError(`nodetool decommission failed:\n${output}`);
    await node.container.stop({ remove: true, removeVolumes: true });
    this.#nodes.delete(nodeName);
    await this.#agree([node.address]);
  }

  async cpuSeconds(nodeName: string): Promise<number> {
    const { output } = await this.#node(nodeName, 'running').container.exec(['cat', '/proc/1/stat']);
    const stat = parseProcessStat(output);
    if (stat === undefined) throw new LauncherError(`${nodeName} does not tell its CPU time`);
    return stat.cpuSeconds;
  }

  async stop(): Promise<void> {
    for (const { name, condition } of [...this.#nodes.values()]) {
      if (condition === 'paused') await this.resume(name);
    }
    const containers = [...this.#nodes.values()].map(({ container }) => container);
    this.#nodes.clear();
    await Promise.all(containers.map((container) => container.stop({ remove: true, removeVolumes: true })));
    await this.#network.stop();
  }

  async #launch(planned: PlannedNode, seeds: readonly string[], bootstrap: boolean): Promise<void> {
    this.#report(`starting ${planned.name} in a container`);
    const container = await startContainer({
      spec: this.#spec,
      node: planned,
      network: this.#network,
      seeds,
      bootstrap,
    });
    const address = container.getIpAddress(this.#network.getName());
    this.#nodes.set(planned.name, { ...planned, address, container, condition: 'running' });
  }

  #agree(gone: readonly string[] = []): Promise<void> {
    return waitForRingAgreement(this.#inCondition('running'), agreementTimeoutMs, gone);
  }

  #inCondition(wanted: Condition): readonly ContainerNode[] {
    return [...this.#nodes.values()].filter(({ condition }) => condition === wanted);
  }

  #node(nodeName: string, wanted?: Condition): ContainerNode {
    const node = this.#nodes.get(nodeName);
    if (node === undefined) {
      throw new UsageError(`there is no node ${nodeName}; there are ${[...this.#nodes.keys()].join(', ')}`);
    }
    if (wanted !== undefined && node.condition !== wanted)
      throw new LauncherError(`${nodeName} is ${node.condition}`);
    return node;
  }

  #change(nodeName: string, change: Partial<Pick<ContainerNode, 'condition' | 'address'>>): void {
    this.#nodes.set(nodeName, { ...this.#node(nodeName), ...change });
  }
}

function describeNode({ name, address, port, datacenter, rack }: ContainerNode): RunningNode {
  return { name, address, port, datacenter, rack };
}

async function handleOf(node: ContainerNode) {
  const client = await getContainerRuntimeClient();
  return client.container.getById(node.container.getId());
}
