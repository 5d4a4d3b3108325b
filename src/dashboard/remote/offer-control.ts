// The study's side of control from another process: tells how it is, and does what it is asked.
import { type Server, type Socket, createServer } from 'node:net';
import type { DashboardControls, StudyStatus } from '../source.js';
import { ControlPlace } from './control-place.js';
import { LineSplitter } from './lines.js';
import { type Asked, type StudyCommand, type Told, readAsked } from './messages.js';

export interface ControlOffer {
  /** Also removes what is on disk. */
  close(): void;
}

export interface OfferOptions {
  /** `<run>/control`. */
  readonly folder: string;
  readonly controls: DashboardControls;
  readonly status: () => StudyStatus;
  /** Whether a trial is running: no other can be pruned. */
  readonly isRunning: (trial: number) => boolean;
  /** Told of everything that somebody asked and that was done. */
  readonly onCommand?: (command: StudyCommand) => void;
}

/** Milliseconds between looks for something new to tell. */
const INTERVAL = 500;
const LONGEST_LINE = 1024;
const MOST_WATCHERS = 64;
/** Bytes that wait for a watcher that does not read; it is told nothing more until it does. */
const MOST_WAITING = 1 << 20;

/** Listens until it is closed; does not keep the process alive. Throws what the system says where nothing can listen. */
export async function offerControl(options: OfferOptions): Promise<ControlOffer> {
  const place = new ControlPlace(options.folder);
  const watchers = new Set<Socket>();
  const server = createServer((socket) => serve(socket, watchers, options));
  try {
    await listen(server, place);
  } catch (error) {
    place.remove();
    throw error;
  }
  server.unref();
  const close = (): void => {
    process.off('exit', close);
    server.close();
    for (const socket of watchers) socket.destroy();
    place.remove();
  };
  process.on('exit', close);
  return { close };
}

async function listen(server: Server, place: ControlPlace): Promise<void> {
  let problem: unknown;
  for (const address of place.addresses()) {
    try {
      await listenAt(server, address);
      server.on('error', () => {}); // of a single connection; the others go on
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

function listenAt(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(socket: Socket, watchers: Set<Socket>, options: OfferOptions): void {
  socket.on('error', () => {}); // it is closed next
  if (watchers.size >= MOST_WATCHERS) return void socket.destroy();
  watchers.add(socket);
  socket.unref();
  const lines = new LineSplitter(LONGEST_LINE);
  const tell = (message: Told): void => void socket.write(`${JSON.stringify(message)}\n`);
  let latest = '';
  const look = (): void => {
    if (socket.writableLength > MOST_WAITING) return;
    const status = statusOf(options);
    const text = JSON.stringify(status);
    if (text !== latest) tell({ status });
    latest = text;
  };
  const timer = setInterval(look, INTERVAL);
  timer.unref();
  socket.on('close', () => {
    clearInterval(timer);
    watchers.delete(socket);
  });
  socket.on('data', (bytes) => {
    const asked = lines.push(bytes)?.map(readAsked);
    // Nobody but this program should be at the other end; another one is not argued with.
    if (asked === undefined || asked.includes(undefined)) return void socket.destroy();
    for (const one of asked) if (one !== undefined) tell(answer(one, options));
    look();
  });
  look();
}

function statusOf({ status, controls }: OfferOptions): Extract<Told, { status: unknown }>['status'] {
  const { engine, startedAt, slots = [] } = status();
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(startedAt === undefined ? {} : { startedAt }),
    slots: [...slots],
    paused: controls.paused,
    phase: controls.phase,
  };
}

function answer({ id, command }: Asked, options: OfferOptions): Told {
  const problem = obstacle(command, options);
  if (problem !== undefined) return { refused: id, message: problem };
  obey(command, options.controls);
  options.onCommand?.(command);
  return { done: id };
}

/** Why a command cannot be followed now. */
function obstacle(command: StudyCommand, { controls, isRunning }: OfferOptions): string | undefined {
  if (command.do === 'prune')
    return isRunning(command.trial) ? undefined : `expected a running trial, but trial ${command.trial} is not running`;
  const needed = command.do === 'finish' ? ['running', 'finishing'] : ['running'];
  return needed.includes(controls.phase) ? undefined : `the study is ${controls.phase} already`;
}

function obey(command: StudyCommand, controls: DashboardControls): void {
  switch (command.do) {
    case 'pause':
      return controls.pause();
    case 'resume':
      return controls.resume();
    case 'finish':
      return controls.finish();
    case 'prune':
      return controls.prune(command.trial);
  }
}
