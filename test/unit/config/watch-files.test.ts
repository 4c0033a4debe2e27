import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { watchFiles } from '../../../src/config/watch-files.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** Files as a test says they are; undefined: away. */
function watchScripted(files: Map<string, string | undefined>) {
  const clock = createFakeClock();
  let changes = 0;
  const stop = watchFiles([...files.keys()], () => changes++, {
    fingerprint: (file) => files.get(file),
    after: (delayMs, task) => clock.after(delayMs, task),
  });
  return { clock, stop, changes: () => changes };
}

describe('a watched file', () => {
  it('that is left alone is no change', async () => {
    const { clock, changes } = watchScripted(new Map([['a', '1']]));
    await clock.advance(60_000);
    expect(changes()).toBe(0);
  });

  it('that changed is told once, when it has been left alone for a second', async () => {
    const files = new Map([['a', '1']]);
    const { clock, changes } = watchScripted(files);
    files.set('a', '2');
    await clock.advance(1_000);
    expect(changes()).toBe(0);
    await clock.advance(1_000);
    expect(changes()).toBe(1);
    await clock.advance(60_000);
    expect(changes()).toBe(1);
  });

  it('that is still being written is waited for', async () => {
    const files = new Map([['a', '1']]);
    const { clock, changes } = watchScripted(files);
    for (const state of ['2', '3', '4', '5']) {
      files.set('a', state);
      await clock.advance(1_000);
    }
    expect(changes()).toBe(0);
    await clock.advance(1_000);
    expect(changes()).toBe(1);
  });

  it('that is away for a moment and comes back as it was is no change', async () => {
    const files = new Map<string, string | undefined>([['a', '1']]);
    const { clock, changes } = watchScripted(files);
    files.set('a', undefined);
    await clock.advance(4_000);
    files.set('a', '1');
    await clock.advance(60_000);
    expect(changes()).toBe(0);
  });

  it('that comes back changed is a change', async () => {
    const files = new Map<string, string | undefined>([['a', '1']]);
    const { clock, changes } = watchScripted(files);
    files.set('a', undefined);
    await clock.advance(3_000);
    files.set('a', '2');
    await clock.advance(2_000);
    expect(changes()).toBe(1);
  });

  it('that stays away is told once after five seconds, and again when it is back', async () => {
    const files = new Map<string, string | undefined>([['a', '1']]);
    const { clock, changes } = watchScripted(files);
    files.set('a', undefined);
    await clock.advance(5_000);
    expect(changes()).toBe(0);
    await clock.advance(1_000);
    expect(changes()).toBe(1);
    await clock.advance(60_000);
    expect(changes()).toBe(1);
    files.set('a', '1');
    await clock.advance(2_000);
    expect(changes()).toBe(2);
  });

  it('that changed while another is away waits for it: they may belong together', async () => {
    const files = new Map<string, string | undefined>([
      ['certificate', '1'],
      ['key', '1'],
    ]);
    const { clock, changes } = watchScripted(files);
    files.set('certificate', '2');
    files.set('key', undefined);
    await clock.advance(3_000);
    expect(changes()).toBe(0);
    files.set('key', '2');
    await clock.advance(2_000);
    expect(changes()).toBe(1);
  });

  it('is watched no longer once that was ended, also by the change itself', async () => {
    const files = new Map([['a', '1']]);
    const { clock, stop, changes } = watchScripted(files);
    stop();
    files.set('a', '2');
    await clock.runUntilIdle();
    expect([changes(), clock.pending()]).toEqual([0, 0]);

    let endOther = () => {};
    const other = createFakeClock();
    endOther = watchFiles(['a'], () => endOther(), {
      fingerprint: (file) => files.get(file),
      after: (delayMs, task) => other.after(delayMs, task),
    });
    files.set('a', '3');
    await other.advance(2_000);
    expect(other.pending()).toBe(0);
  });
});

describe('a file on disk', () => {
  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'weir-watch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  function watchDisk(file: string) {
    const clock = createFakeClock();
    let changes = 0;
    watchFiles([file], () => changes++, { after: (delayMs, task) => clock.after(delayMs, task) });
    return async () => {
      await clock.advance(2_000);
      return changes;
    };
  }

  it('is seen to change when it is written, and when another is moved over it', async () => {
    const folder = newFolder();
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, 'one');
    const changes = watchDisk(file);
    writeFileSync(file, 'three');
    expect(await changes()).toBe(1);
    writeFileSync(join(folder, 'next'), 'three');
    renameSync(join(folder, 'next'), file);
    expect(await changes()).toBe(2);
    expect(await changes()).toBe(2);
  });

  it('is seen to change when a link above it is swapped, as Kubernetes does', async () => {
    const folder = newFolder();
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'weir.yaml'), 'same length');
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync(join('..data', 'weir.yaml'), join(folder, 'weir.yaml'));
    const changes = watchDisk(join(folder, 'weir.yaml'));
    symlinkSync('v2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await changes()).toBe(1);
  });

  it('does not keep the process alive', () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const stop = watchFiles([join(newFolder(), 'none')], () => {});
    expect(timers()).toBe(before);
    stop();
  });
});
