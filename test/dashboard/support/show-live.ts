// A program that shows a made-up study as it unfolds: show-live.ts <trials> <percent done> <slots> <milliseconds an event>.
import { startDashboard } from '../../../src/dashboard/start-dashboard.js';
import { fakeEvents } from './fake-study.js';
import { LiveFake } from './live-study.js';

const [trials = 40, percent = 50, slots = 2, milliseconds = 200] = process.argv.slice(2).map(Number);
const events = fakeEvents({ trials, total: Math.max(trials, 40), slots, detail: trials <= 1000 });
const live = new LiveFake(events, Math.ceil((events.length * percent) / 100), slots);
const dashboard = await startDashboard({ source: live, controls: live, clock: () => live.now });
const timer = setInterval(() => {
  if (!live.paused) live.step();
  if (live.phase === 'running' || live.phase === 'finishing') return;
  clearInterval(timer);
  dashboard.close();
  process.stdout.write(`asked: ${live.asked.join(', ')}\n`);
  process.exit(130);
}, milliseconds);
