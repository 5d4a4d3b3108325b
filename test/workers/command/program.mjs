// A program that a command trainer starts: its first argument says how it behaves.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setInterval } from 'node:timers';

const [behaviour, ...rest] = process.argv.slice(2);
const say = (value) => process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
const report = (epoch, score = epoch / 10) => ({ epoch, metrics: { score } });
const forever = () => setInterval(() => {}, 1000);
const verdicts = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const verdict = async () => (await verdicts.next()).value;
const inFolder = (name) => join(process.env.HPO_DIRECTORY, name);

const behaviours = {
  /** Tells what it was given. */
  async echo() {
    const { HPO_PARAMETERS, HPO_PARAMETERS_FILE, HPO_TRIAL, HPO_SEED, HPO_REPORTED, OWN, ABSENT, HPO_QUEUE_PASSWORD } =
      process.env;
    const file = JSON.parse(readFileSync(HPO_PARAMETERS_FILE, 'utf8'));
    const environment = { HPO_PARAMETERS, HPO_TRIAL, HPO_SEED, HPO_REPORTED, OWN, ABSENT, HPO_QUEUE_PASSWORD };
    say(`given ${JSON.stringify({ rest, environment, file, folder: process.cwd() })}`);
    say(report(1));
  },
  /** Reads every verdict. */
  async listen() {
    for (let epoch = 1; epoch <= 3; epoch++) {
      say(report(epoch));
      const word = await verdict();
      say(`told ${word}`);
      if (word === 'stop') {
        writeFileSync(inFolder('stopped'), '');
        process.exit(0);
      }
    }
    process.exit(0);
  },
  /** Reads none, and would run for ever. */
  async deaf() {
    say(report(1));
    say(report(2));
    forever();
  },
  /** Ends at SIGTERM, by itself. */
  async polite() {
    process.on('SIGTERM', () => {
      writeFileSync(inFolder('saved'), '');
      process.exit(0);
    });
    say(report(1));
    forever();
  },
  /** Does not end at SIGTERM, nor does what it started, in its group and out of it. */
  async stubborn() {
    process.on('SIGTERM', () => {});
    const code = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
    const detached = spawn(process.execPath, ['-e', code], { stdio: 'ignore', detached: true });
    say(`started ${process.pid} ${child.pid} ${detached.pid}`);
    say(report(1));
    forever();
  },
  /** Leaves a process behind that holds its output. */
  async leave() {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    say(`started ${child.pid}`);
    say(report(1));
    child.unref();
    process.exit(0);
  },
  async lines() {
    process.stderr.write('to stderr\n');
    say('{"epoch": 7, "loss": 0.5}');
    process.stdout.write('10 %\r50 %\r100 %\n');
    say({ progress: 0.5, images: 10 });
    say({ warning: 'odd data' });
    say('x'.repeat(9 * 2 ** 20));
    say('{"epoch": 1, "metrics": {"score": 0.1, "loss": NaN, "NaN": -Infinity}}');
    say({ end: 'no gain for 5 epochs' });
  },
  async descriptor() {
    writeSync(Number(process.env.HPO_REPORT_FD), `${JSON.stringify(report(1))}\n`);
    say('only a line');
  },
  async badDescriptor() {
    writeSync(Number(process.env.HPO_REPORT_FD), 'epoch 1\n');
    forever();
  },
  async none() {
    say("{'epoch': 1, 'metrics': {'score': 0.1}}");
  },
  async many() {
    for (let epoch = 1; epoch <= 2000; epoch++) say(report(epoch));
  },
  async fail() {
    say(report(1));
    process.stderr.write('Traceback (most recent call last):\n  File "train.py", line 3\nValueError: no such layer\n');
    process.exitCode = 3;
  },
  async memory() {
    process.stderr.write('Traceback:\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\n');
    process.exitCode = 1;
  },
  async pythonMemory() {
    process.stderr.write('Traceback:\nMemoryError\n');
    process.exitCode = 1;
  },
  async disk() {
    process.stderr.write('Traceback:\nOSError: [Errno 28] No space left on device\n');
    process.exitCode = 1;
  },
  async crash() {
    process.kill(process.pid, 'SIGSEGV');
    forever();
  },
  async fill() {
    say(report(1));
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(2 ** 25, 1)), 10);
  },
  /** Goes on after the epoch of its checkpoint. */
  async resume() {
    const file = inFolder('checkpoint');
    const from = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    for (let epoch = from + 1; epoch <= 3; epoch++) {
      writeFileSync(file, String(epoch));
      say(report(epoch));
      if ((await verdict()) !== 'continue') break;
    }
    process.exit(0);
  },
};

if (behaviour !== 'listen' && behaviour !== 'resume') process.stdin.unref?.();
await behaviours[behaviour]();
if (behaviour !== 'listen' && behaviour !== 'resume') verdicts.return?.();
