// The address of a queue: which server, which kind of it, and how it is shown without its credentials.
import { HpoError } from '../study/errors.js';

export interface QueueAddress {
  readonly kind: 'redis' | 'postgres';
  /** For the client of the server, with user and password. */
  readonly url: string;
  /** Without user, password and options: for messages and process titles. */
  readonly shown: string;
  /** Names the queue on its server: studies and workers that have nothing to do with each other can share a server. */
  readonly queue: string;
}

const KINDS: Readonly<Record<string, QueueAddress['kind']>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

const EXPECTED = 'expected the address of a queue, such as redis://host:6379 or postgres://user@host/database';
const QUEUE_NAME = /^[\w.-]{1,40}$/;

/**
 * Reads `redis://`, `rediss://` (TLS), `postgres://`; the option `queue` names the queue. The password may come from the environment
 * variable HPO_QUEUE_PASSWORD instead.
 * @throws HpoError ERR_USAGE; what it says holds no credentials.
 */
export function parseAddress(text: string, env: NodeJS.ProcessEnv = process.env): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = url === undefined ? undefined : KINDS[url.protocol];
  if (url === undefined || kind === undefined) {
    const got = url === undefined ? 'something else' : `one that begins with ${url.protocol}`;
    throw new HpoError('ERR_USAGE', `${EXPECTED}; got ${got}`);
  }
  const queue = url.searchParams.get('queue') ?? 'hpo';
  if (!QUEUE_NAME.test(queue)) {
    throw new HpoError(
      'ERR_USAGE',
      `expected up to 40 letters, digits, dots, dashes and underscores at ?queue=, got '${queue}'`,
    );
  }
  url.searchParams.delete('queue');
  const password = env['HPO_QUEUE_PASSWORD'];
  if (password !== undefined && password !== '' && url.password === '') url.password = encodeURIComponent(password);
  const host = url.host === '' ? 'localhost' : url.host;
  const path = url.pathname === '/' ? '' : url.pathname;
  return { kind, queue, url: url.href, shown: `${url.protocol}//${host}${path}` };
}

/** A message without what is secret in the address, whoever wrote it. */
export function withoutSecrets(message: string, { url, shown }: QueueAddress): string {
  const { username, password, searchParams, href } = new URL(url);
  let text = message.replaceAll(href, shown);
  for (const secret of [password, decoded(password), searchParams.get('password') ?? '']) {
    if (secret !== '') text = text.replaceAll(secret, '…');
  }
  // Servers quote a user's name. Without quotes it may be a word like any other.
  for (const quote of ['"', "'"]) {
    if (username !== '') text = text.replaceAll(`${quote}${decoded(username)}${quote}`, `${quote}…${quote}`);
  }
  return text;
}

/** As it is where a percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
