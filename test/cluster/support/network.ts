// A network between a worker and its server, on one machine: a TCP proxy that delays what it passes on, stalls some of it as a lost packet would, and can go silent.
import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import type { RandomStream } from '../../../src/math/random.js';

export interface NetworkOptions {
  /** Milliseconds each way. */
  readonly delay?: number;
  /** Share of what is sent that is lost: it comes after a retransmission, 200 to 300 ms later, and all that follows it waits. */
  readonly loss?: number;
  readonly random?: RandomStream;
}

export interface Network {
  /** The address of the server as seen through it. */
  readonly url: string;
  /** As if the cable were pulled: nothing arrives in either direction, and nobody is told. */
  cut(): void;
  /** Puts the cable back: what was sent meanwhile arrives. */
  mend(): void;
  close(): void;
}

const RETRANSMISSION = { least: 200, spread: 100 };

/** @param url of a server on this machine. */
export async function openNetwork(url: string, options: NetworkOptions = {}): Promise<Network> {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const ways = new Set<Way>();
  let isCut = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      const way = new Way(to, options, () => isCut);
      ways.add(way);
      from.on('data', (chunk) => way.send(() => to.write(chunk)));
      from.on('error', () => way.send(() => to.destroy()));
      from.on('close', () => {
        sockets.delete(from);
        way.send(() => {
          to.end();
          ways.delete(way);
        });
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  const seen = new URL(url);
  seen.port = String(address.port);
  return {
    url: seen.href,
    cut: () => (isCut = true),
    mend() {
      isCut = false;
      for (const way of ways) way.flush();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One direction of one connection: what is sent arrives in order. */
class Way {
  private waiting: (() => void)[] = [];
  private latest = 0;

  constructor(
    private readonly to: Socket,
    private readonly options: NetworkOptions,
    private readonly isCut: () => boolean,
  ) {}

  send(deliver: () => void): void {
    const { delay = 0, loss = 0, random } = this.options;
    const isLost = random !== undefined && random.next() < loss;
    const late = isLost ? RETRANSMISSION.least + random.next() * RETRANSMISSION.spread : 0;
    const due = Math.max(this.latest, performance.now() + delay + late);
    this.latest = due;
    setTimeout(() => this.arrive(deliver), due - performance.now());
  }

  flush(): void {
    for (const deliver of this.waiting.splice(0)) deliver();
  }

  private arrive(deliver: () => void): void {
    if (this.to.destroyed) return;
    // In order, whatever timers do.
    this.waiting.push(deliver);
    if (!this.isCut()) this.flush();
  }
}
