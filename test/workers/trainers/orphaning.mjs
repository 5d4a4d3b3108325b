// Logs its process, the one that it starts, and (on Linux, where they can be found) one that it detaches; then waits for a decision, or never comes up for air.
import { spawn } from 'node:child_process';
import process from 'node:process';

const IDLE = ['-e', 'setInterval(() => {}, 1000)'];

export default async function* train({ parameters }, context) {
  const started = spawn(process.execPath, IDLE, { stdio: 'ignore' });
  const pids = [process.pid, started.pid];
  if (process.platform === 'linux') {
    const detached = spawn(process.execPath, IDLE, { stdio: 'ignore', detached: true });
    detached.unref();
    pids.push(detached.pid);
  }
  context.log(JSON.stringify(pids));
  if (parameters.behaviour === 'wait') yield { epoch: 1, metrics: { score: 1 } };
  for (;;);
}
