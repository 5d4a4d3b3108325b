// Logs its process, the one that it starts, and (on Linux, where they can be found) one that it detaches; then waits for a decision, or never comes up for air.
import { spawn } from 'node:child_process';
import process from 'node:process';

export default async function* train({ parameters }, context) {
  if (parameters.behaviour === 'wait') {
    context.log(JSON.stringify([process.pid]));
    yield { epoch: 1, metrics: { score: 1 } };
  }
  const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const pids = [process.pid, started.pid];
  if (process.platform === 'linux') {
    const options = { stdio: 'ignore', detached: true };
    const detached = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options);
    detached.unref();
    pids.push(detached.pid);
  }
  context.log(JSON.stringify(pids));
  for (;;);
}
