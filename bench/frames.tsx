// What a frame of the dashboard costs at 100 and at 10,000 trials, in processor time: it must not grow with the study.
import { PassThrough } from 'node:stream';
import type { ReactElement } from 'react';
import { StudyModel } from '../src/dashboard/model/study-model.js';
import { Painter } from '../src/dashboard/painter.js';
import { BEGAN, fakeEvents } from '../test/dashboard/support/fake-study.js';

process.env['NODE_ENV'] = 'production'; // as startDashboard loads React
const { createElement } = await import('react');
const { render } = await import('ink');
const { App } = await import('../src/dashboard/views/app.js');

const FRAMES = 10;
const ROUNDS = 7;

interface Bench {
  readonly frame: () => number;
  readonly event: number;
}

function dashboard(trials: number, columns: number, rows: number): Bench {
  const events = fakeEvents({ trials, total: trials + 100, slots: 4 });
  const model = new StudyModel();
  const began = process.cpuUsage();
  for (const event of events) model.apply(event);
  const event = process.cpuUsage(began).user / 1000 / events.length;
  const painter = new Painter({ columns, rows, write: () => true });
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} });
  let now = BEGAN;
  const app = (): ReactElement =>
    createElement(App, {
      model,
      status: { engine: 'onnx' },
      controls: undefined,
      size: painter.size,
      now: (now += 1000),
      colour: true,
      onQuit: () => {},
      onRepaint: () => {},
      onSuspend: () => {},
      onMouse: () => {},
      onUnmount: () => {},
    });
  const instance = render(app(), {
    stdout: painter as unknown as NodeJS.WriteStream,
    stdin: input as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const frame = (): number => {
    const start = process.cpuUsage();
    for (let i = 0; i < FRAMES; i++) instance.rerender(app());
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / FRAMES;
  };
  return { frame, event };
}

for (const [columns, rows] of [
  [80, 24],
  [200, 60],
] as const) {
  const small = dashboard(100, columns, rows);
  const large = dashboard(10_000, columns, rows);
  small.frame();
  large.frame();
  const times = { small: Infinity, large: Infinity };
  // Alternating, the least of each: other work on the machine then falls on both.
  for (let i = 0; i < ROUNDS; i++) {
    times.small = Math.min(times.small, small.frame());
    times.large = Math.min(times.large, large.frame());
  }
  const ratio = (times.large / times.small).toFixed(2);
  console.log(
    `${columns}×${rows}: ${times.small.toFixed(2)} ms a frame at 100 trials, ${times.large.toFixed(2)} ms at 10,000: ${ratio}×`,
  );
  console.log(
    `  and ${(1000 * small.event).toFixed(1)} µs an event at 100 trials, ${(1000 * large.event).toFixed(1)} µs at 10,000`,
  );
}
process.exit(0);
