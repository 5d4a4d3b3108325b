// The dashboard on a terminal, from taking the screen to giving it back.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Dashboard, startDashboard, suitsDashboard } from '../../src/dashboard/start-dashboard.js';
import { restAfter } from '../../src/dashboard/live-dashboard.js';
import { fakeEvents } from './support/fake-study.js';
import { FakeInput, FakeOutput } from './support/fake-terminal.js';
import { LiveFake } from './support/live-study.js';
import { eventually } from '../eventually.js';

const events = fakeEvents({ trials: 30 });
interface StartOptions {
  readonly watched?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly fakeTimers?: boolean;
}

let open: Dashboard | undefined;

async function start({ watched = false, env = {}, fakeTimers = false }: StartOptions = {}) {
  if (fakeTimers) vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const output = new FakeOutput();
  const input = new FakeInput();
  const live = new LiveFake(events, 150);
  const dashboard = await startDashboard({
    source: live,
    ...(watched ? {} : { controls: live }),
    output: output.asStream(),
    input: input.asStream(),
    clock: () => live.now,
    env,
  });
  open = dashboard;
  await eventually(() => expect(input.isRaw).toBe(true)); // React has run its effects
  return { output, input, live, dashboard };
}

afterEach(() => {
  open?.close();
  vi.useRealTimers();
});

describe('startDashboard', () => {
  it('takes the alternate screen and gives it back, with the cursor', async () => {
    const { output, input, dashboard } = await start();
    expect(output.written[0]).toContain('\u001b[?1049h');
    expect(output.screen()[0]).toContain('ants-bees');
    expect(input.isRaw).toBe(true);
    dashboard.close();
    expect(output.written.at(-1)).toBe('\u001b[?25h\u001b[?1049l');
    expect(input.isRaw).toBe(false);
    await dashboard.closed;
  });

  it('shows what has happened since, at a bounded rate', async () => {
    const { output, live } = await start({ fakeTimers: true });
    const before = output.screen()[1];
    const frames = output.written.length;
    while (!live.isOver) live.step();
    expect(output.written).toHaveLength(frames);
    vi.advanceTimersByTime(1100);
    expect(output.written.length - frames).toBeLessThanOrEqual(4);
    expect(output.screen()[1]).not.toBe(before);
  });

  it('shows the study in the title and gives the earlier title back', async () => {
    const { output, dashboard } = await start();
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    expect(output.written.join('')).toMatch(/\u001b\[22;2t\u001b\]2;ants-bees \d+\/\d+, best 0\.\d{4}\u0007/);
    dashboard.close();
    expect(output.written.join('')).toContain('\u001b[23;2t');
  });

  it('turns the mouse on where it is asked to, follows it, and turns it off at the end', async () => {
    const { output, input, dashboard } = await start({ watched: true });
    const all = (): string => output.written.join('');
    expect(all()).not.toContain('?1000h');
    input.type('m');
    await eventually(() => expect(all()).toContain('\u001b[?1000h\u001b[?1006h'));
    const line = output.screen().findIndex((row) => row.startsWith('›'));
    expect(line).toBeGreaterThan(0);
    // Two rows below the selected one, then the wheel up.
    input.type(`\u001b[<0;5;${line + 3}M\u001b[<0;5;${line + 3}m`);
    await eventually(() => expect(output.screen()[line + 2]).toMatch(/^›/));
    input.type('\u001b[<64;5;5M');
    await eventually(() => expect(output.screen()[line + 1]).toMatch(/^›/));
    dashboard.close();
    expect(all()).toContain('\u001b[?1006l\u001b[?1000l');
  });

  it('leaves the screen alone once it was closed on the way into a stop', async () => {
    const listeners = process.listenerCount('SIGTSTP');
    const { output, dashboard } = await start({ watched: true });
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    process.emit('SIGTSTP');
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGTSTP');
    dashboard.close();
    kill.mockRestore();
    const written = output.written.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(output.written).toHaveLength(written);
    expect(process.listenerCount('SIGTSTP')).toBe(listeners);
  });

  it('never rests for longer than a second, however long a frame took', () => {
    expect(restAfter(1400)).toBe(1000);
    expect(restAfter(10)).toBe(200);
  });

  it('obeys keys', async () => {
    const { output, input, live } = await start();
    const sees = (what: RegExp) => eventually(() => expect(output.screen().join('\n')).toMatch(what));
    input.type('?');
    await sees(/redraw the screen/);
    input.type('?');
    await sees(/trials by/);
    input.type('2x');
    await sees(/Prune trial \d+\? y \/ n/);
    input.type('y');
    await sees(/pruning trial/);
    input.type('pp\u0003');
    await sees(/stopping/);
    expect(live.asked).toEqual([expect.stringMatching(/^prune \d+$/), 'pause', 'resume', 'interrupt']);
  });

  it('draws everything anew at a new size', async () => {
    const { output } = await start();
    output.resize(120, 40);
    expect(output.screen()).toHaveLength(40);
    expect(output.screen().join('\n')).toContain('best so far');
    output.resize(60, 20);
    expect(output.screen()).toHaveLength(20);
  });

  it('leaves a watched study with q, and lets it run', async () => {
    const { input, live, dashboard } = await start({ watched: true });
    input.type('q');
    await dashboard.closed;
    expect(live.asked).toEqual([]);
  });

  it('uses no colour under NO_COLOR', async () => {
    const { output } = await start({ env: { NO_COLOR: '1' } });
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    expect(output.written.join('')).not.toMatch(/\u001b\[(3[0-8]|9[0-7])[;m]/);
  });

  it('says so and goes on with plain lines where drawing fails', async () => {
    const output = new FakeOutput();
    const live = new LiveFake(events, 150);
    let isBroken = false;
    const source = {
      past: live.past,
      subscribe: live.subscribe.bind(live),
      status: () => (isBroken ? { slots: [null as never] } : live.status()),
    };
    const input = new FakeInput();
    const dashboard = await startDashboard({ source, output: output.asStream(), input: input.asStream(), env: {} });
    isBroken = true;
    output.resize(90, 30);
    await dashboard.closed;
    await eventually(() => expect(output.written.at(-1)).toContain('the dashboard failed; the study continues'));
    isBroken = false;
    while (!live.isOver) live.step();
    expect(output.written.join('')).toMatch(/\[\d+\/30\] trial \d+/);
  });
});

describe('suitsDashboard', () => {
  const tty = { isTTY: true } as NodeJS.WriteStream & NodeJS.ReadStream;
  const pipe = {} as NodeJS.WriteStream & NodeJS.ReadStream;
  it.each<[string, boolean, boolean]>([
    ['a terminal', suitsDashboard(tty, tty, {}), true],
    ['a pipe', suitsDashboard(pipe, tty, {}), false],
    ['no keyboard', suitsDashboard(tty, pipe, {}), false],
    ['a CI', suitsDashboard(tty, tty, { CI: 'true' }), false],
    ['CI=false', suitsDashboard(tty, tty, { CI: 'false' }), true],
    ['a dumb terminal', suitsDashboard(tty, tty, { TERM: 'dumb' }), false],
  ])('%s', (_, found, expected) => expect(found).toBe(expected));
});
