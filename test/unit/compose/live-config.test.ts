import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { createLiveConfig } from '../../../src/compose/live-config.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

/** A configuration in force, its file to be rewritten, and what was told of it. */
function inForce(text: string = goodConfig) {
  const file = writeConfig(text);
  const load = () => loadConfigAndSettings({ file, env: {}, flags: [] });
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const live = createLiveConfig({ initial: load(), load, logger });
  const onApplied = vi.fn();
  live.onApplied(onApplied);
  return { live, onApplied, lines, rewrite: (changed: string) => writeFileSync(file, changed) };
}

const broken = `${goodConfig}bonds: { keys: 20 }\n`;
const otherPort = goodConfig.replace('port: 8080', 'port: 9090');
const grown = `${goodConfig}bounds: { keys: 20 }\n`;

describe('a reload', () => {
  it('takes over what changed, tells the followers, and says what it was', () => {
    const { live, onApplied, rewrite } = inForce();
    rewrite(grown);
    expect(live.reload('admin')).toEqual({
      outcome: 'applied',
      applied: ['bounds.keys'],
      pendingRestart: [],
    });
    expect(live.current().bounds.keys).toBe(20);
    expect(onApplied).toHaveBeenCalledExactlyOnceWith(live.current(), ['bounds.keys']);
    expect(live.condition().state).toBe('ok');
  });

  it('changes nothing where nothing changed', () => {
    const { live, onApplied } = inForce();
    expect(live.reload('signal')).toEqual({ outcome: 'unchanged', applied: [], pendingRestart: [] });
    expect(onApplied).not.toHaveBeenCalled();
  });

  it('keeps the configuration before a file with faults, and tells of them until a good one comes', () => {
    const { live, onApplied, rewrite, lines } = inForce();
    const before = live.current();
    rewrite(broken);
    expect(live.reload('file')).toMatchObject({ outcome: 'refused', faults: [{ line: 9, column: 1 }] });
    expect(live.current()).toBe(before);
    expect(onApplied).not.toHaveBeenCalled();
    expect(live.failed()).toBe(true);
    expect(live.condition()).toMatchObject({
      state: 'warning',
      reason: expect.stringContaining('weir.yaml:9:1: unknown key "bonds"'),
    });
    expect(lines.filter((line) => line.includes('was refused'))).toHaveLength(1);
    rewrite(goodConfig);
    live.reload('file');
    expect(live.failed()).toBe(false);
    expect(live.condition().state).toBe('ok');
  });

  it('keeps what needs a restart, and says so until it is taken back', () => {
    const { live, rewrite } = inForce();
    rewrite(otherPort);
    const report = { outcome: 'unchanged', applied: [], pendingRestart: ['data.port'] };
    expect(live.reload('file')).toEqual(report);
    expect(live.current().data.port).toBe(8080);
    expect(live.view().pendingRestart).toEqual(['data.port']);
    expect(live.condition()).toMatchObject({
      state: 'warning',
      reason: expect.stringContaining('data.port'),
    });
    rewrite(goodConfig);
    live.reload('file');
    expect(live.view().pendingRestart).toEqual([]);
  });

  it('has nothing to read where the configuration came from no file', () => {
    const initial = loadConfigAndSettings({ file: writeConfig(goodConfig), env: {}, flags: [] });
    const live = createLiveConfig({ initial, load: undefined, logger: pino({ level: 'silent' }) });
    expect(live.reload('admin')).toMatchObject({ outcome: 'unchanged' });
  });
});

describe('the view', () => {
  it('shows the settings in force with the origin of each, and no hash of a credential', () => {
    const hash = `sha256:${'ab'.repeat(32)}`;
    const { live } = inForce(
      goodConfig.replace('class: frontend', `class: frontend\n    keyHashes: ["${hash}"]`),
    );
    const view = live.view();
    expect(JSON.stringify(view)).not.toContain(hash);
    const originOf = (...path: readonly string[]) =>
      view.origins.find((origin) => JSON.stringify(origin.path) === JSON.stringify(path));
    expect(originOf('data', 'port')).toMatchObject({ source: 'file', reloadable: false });
    expect(originOf('bounds', 'keys')).toMatchObject({ source: 'default', reloadable: true });
  });
});
