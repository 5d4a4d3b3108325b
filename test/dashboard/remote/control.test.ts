// Control of a study from another process, over a real socket.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudyControl } from '../../../src/controller/study-control.js';
import { controlAddress } from '../../../src/dashboard/remote/control-place.js';
import { type ControlOffer, offerControl } from '../../../src/dashboard/remote/offer-control.js';
import { StudyLink } from '../../../src/dashboard/remote/study-link.js';
import type { SlotStatus } from '../../../src/dashboard/source.js';
import { eventually } from '../../eventually.js';

const isWindows = process.platform === 'win32';
let root: string;
let control: StudyControl;
let slots: SlotStatus[];
const closers: (() => void)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hpo-remote-'));
  control = new StudyControl();
  slots = [{ slot: 0, device: 'core 0', trial: 3, gpu: { load: 0.5 } }, { slot: 1 }];
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
  rmSync(root, { recursive: true, force: true });
});

async function offer(folder = join(root, 'control'), onCommand = (_: unknown): void => {}): Promise<ControlOffer> {
  const status = (): object => ({ engine: 'onnx', startedAt: 5, slots });
  const offered = await offerControl({
    folder,
    controls: control,
    status,
    isRunning: (trial) => trial === 3,
    onCommand,
  });
  closers.push(() => offered.close());
  return offered;
}

async function link(folder = join(root, 'control')): Promise<StudyLink> {
  const made = new StudyLink(folder);
  closers.push(() => made.close());
  await made.look();
  return made;
}

describe('a study that is run', () => {
  it('tells how it is, at once and whenever that changes', async () => {
    await offer();
    const watcher = await link();
    await eventually(() =>
      expect(watcher.status).toEqual({ engine: 'onnx', startedAt: 5, slots, paused: false, phase: 'running' }),
    );
    slots = [
      { slot: 0, device: 'core 0' },
      { slot: 1, trial: 4, epochProgress: 0.25 },
    ];
    control.pause();
    await eventually(() => expect(watcher.status).toMatchObject({ slots, paused: true }));
  });

  it('pauses, resumes, prunes and finishes when it is asked to', async () => {
    const asked: unknown[] = [];
    await offer(undefined, (command) => asked.push(command));
    const watcher = await link();
    await watcher.ask({ do: 'pause' });
    expect(control.paused).toBe(true);
    await watcher.ask({ do: 'resume' });
    expect(control.paused).toBe(false);
    await watcher.ask({ do: 'prune', trial: 3 });
    expect([...control.prunedByHand]).toEqual([3]);
    await watcher.ask({ do: 'finish' });
    expect(control.phase).toBe('finishing');
    expect(asked).toEqual([{ do: 'pause' }, { do: 'resume' }, { do: 'prune', trial: 3 }, { do: 'finish' }]);
  });

  it('refuses what cannot be done, with the reason', async () => {
    await offer();
    const watcher = await link();
    await expect(watcher.ask({ do: 'prune', trial: 2 })).rejects.toThrow('trial 2 is not running');
    control.stop();
    await expect(watcher.ask({ do: 'pause' })).rejects.toThrow('the study is stopping already');
    await expect(watcher.ask({ do: 'finish' })).rejects.toThrow('the study is stopping already');
    expect([...control.prunedByHand]).toEqual([]);
  });

  it('hangs up on what is no command, and goes on', async () => {
    await offer();
    for (const text of ['hello\n', '{"id":1,"command":{"do":"stop"}}\n', 'x'.repeat(5000)]) {
      const socket = connect(controlAddress(join(root, 'control')) ?? '');
      const ended = new Promise((resolve) => socket.once('close', resolve));
      socket
        .on('error', () => {})
        .resume()
        .write(text);
      await ended;
    }
    await (await link()).ask({ do: 'pause' });
    expect(control.paused).toBe(true);
    expect(control.phase).toBe('running');
  });

  it.skipIf(isWindows)('is reached by its own user alone', async () => {
    await offer();
    expect(lstatSync(join(root, 'control')).mode & 0o777).toBe(0o700);
  });

  it('leaves nothing behind, and takes over what a killed process left', async () => {
    mkdirSync(join(root, 'control'));
    writeFileSync(join(root, 'control', 'socket'), 'left behind');
    const offered = await offer();
    const watcher = await link();
    await eventually(() => expect(watcher.status).toBeDefined());
    offered.close();
    expect(readdirSync(root)).toEqual([]);
    await eventually(() => expect(watcher.status).toBeUndefined());
    await expect(watcher.ask({ do: 'pause' })).rejects.toThrow('not running');
  });

  it.skipIf(isWindows)('listens elsewhere where its path is too long for a socket, and removes that too', async () => {
    const folder = join(root, 'a'.repeat(120), 'control');
    mkdirSync(dirname(folder));
    const offered = await offer(folder);
    const address = readFileSync(join(folder, 'address'), 'utf8');
    expect(lstatSync(dirname(address)).mode & 0o777).toBe(0o700);
    const watcher = await link(folder);
    await watcher.ask({ do: 'pause' });
    offered.close();
    expect(existsSync(dirname(address))).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it.skipIf(isWindows)('leaves alone what belongs to the run that its folder was copied from', async () => {
    const folder = join(root, 'a'.repeat(120), 'control');
    mkdirSync(dirname(folder));
    await offer(folder);
    const address = readFileSync(join(folder, 'address'), 'utf8');
    mkdirSync(join(root, 'copy'));
    writeFileSync(join(root, 'copy', 'address'), address);
    const copied = await offer(join(root, 'copy'));
    copied.close();
    await (await link(folder)).ask({ do: 'pause' });
    expect(control.paused).toBe(true);
  });

  it('leaves a folder alone that has taken the place of its own', async () => {
    const offered = await offer();
    rmSync(join(root, 'control'), { recursive: true });
    mkdirSync(join(root, 'other'));
    mkdirSync(join(root, 'control'));
    offered.close();
    expect(readdirSync(root).sort()).toEqual(['control', 'other']);
  });
});

describe('whoever watches', () => {
  it('connects to no address that this program could not have made', () => {
    mkdirSync(join(root, 'control'));
    writeFileSync(join(root, 'control', 'address'), '/var/run/docker.sock');
    expect(controlAddress(join(root, 'control'))).toBeUndefined();
  });

  it.skipIf(isWindows)('does not wait for a pipe in the place of an address', () => {
    mkdirSync(join(root, 'control'));
    execFileSync('mkfifo', [join(root, 'control', 'address')]);
    expect(controlAddress(join(root, 'control'))).toBeUndefined();
  });

  it('finds a study that is run later, and again', async () => {
    const watcher = await link();
    expect(watcher.status).toBeUndefined();
    for (const trial of [7, 8]) {
      slots = [{ slot: 0, trial }];
      const offered = await offer();
      await watcher.look();
      await eventually(() => expect(watcher.status).toMatchObject({ slots }));
      offered.close();
      await eventually(() => expect(watcher.status).toBeUndefined());
    }
  });
});
