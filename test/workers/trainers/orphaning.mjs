// Logs its process, and the one that it starts; then waits for a decision, or never comes up for air.
import { spawn } from 'node:child_process';
import process from 'node:process';

export default async function* train({ parameters }, context) {
  if (parameters.behaviour === 'wait') {
    context.log(JSON.stringify([process.pid]));
    yield { epoch: 1, metrics: { score: 1 } };
  }
  const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  context.log(JSON.stringify([process.pid, started.pid]));
  for (;;);
}
