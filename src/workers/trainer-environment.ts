// The environment of whatever trains: this process's, without what opens the queue. A trainer needs no queue, and what it prints lands in the study's log.

const OF_THE_QUEUE: ReadonlySet<string> = new Set(['HPO_QUEUE', 'HPO_QUEUE_PASSWORD']);

export function trainerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_THE_QUEUE.has(name)));
}
