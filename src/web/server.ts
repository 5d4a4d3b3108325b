// The server of `hpo watch --web`: pages of studies that follow them, and the way to pause, prune and finish.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HpoError, messageOf } from '../study/errors.js';
import { parseCommand } from '../dashboard/remote/messages.js';
import type { FollowedStudy } from './followed-study.js';
import { TOKEN_HEADER, isKnownHost, isOtherSite, isToken, newToken } from './guard.js';
import { ASSETS, renderLive } from './live-document.js';
import type { Changes, PageVersions } from './page-versions.js';
import { Content, send, sendStatus } from './reply.js';
import type { StudyList } from './study-list.js';

export interface WebServerOptions {
  readonly studies: StudyList;
  /** An address or a name of this machine. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Names under which this machine is asked for, beside 'localhost' and addresses. */
  readonly names: readonly string[];
}

export interface WebServer {
  readonly port: number;
  /** What every address begins with: '/<token>/'. */
  readonly path: string;
  /** Ends at once, also for those who wait. */
  close(): Promise<void>;
}

/** Milliseconds for which a page that asks for changes waits for them. Short, as a browser has few connections to a server. */
const HOLD = 8000;
/** The same of the list of studies, which is made anew when it is asked for. */
const LIST_HOLD = 2000;
/** Milliseconds for which a page that was made is given to others as it is, and bytes from which on it is given for longer. */
const FRESH = 1000;
const LARGE = 1 << 20;
const MOST_CONNECTIONS = 256;
/** Bytes of a command. */
const MOST_BODY = 1024;

/** @throws HpoError ERR_USAGE where nothing can listen there. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const site = new Site(options, newToken());
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    site.answer(request, response).catch((error: unknown) => sendStatus(response, 500, `${messageOf(error)}\n`));
  });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, options);
  return {
    port,
    path: site.root,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        options.studies.close();
      }),
  };
}

function listen(server: Server, { host, port }: WebServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new HpoError('ERR_USAGE', `could not listen at ${host}, port ${port}: ${messageOf(error)}`, { cause: error }),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error').on('error', () => {}); // of a single connection; the others go on
      resolve(portOf(server.address(), port));
    });
  });
}

function portOf(address: AddressInfo | string | null, asked: number): number {
  return typeof address === 'object' && address !== null ? address.port : asked;
}

interface Rendered {
  readonly version: string;
  readonly madeAt: number;
  readonly content: Content;
}

class Site {
  private readonly assets = new Map<string, Content>();
  /** Of each page the HTML that was made last. */
  private readonly rendered = new WeakMap<PageVersions, Rendered>();
  /** Of each page the changes that were told last. */
  private readonly told = new WeakMap<PageVersions, { readonly key: string; readonly content: Content }>();

  constructor(
    private readonly options: WebServerOptions,
    private readonly token: string,
  ) {}

  get root(): string {
    return `/${this.token}/`;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    if (!isKnownHost(request.headers.host, this.options.names)) {
      return sendStatus(
        response,
        421,
        'This server is not known by that name. Use the address that hpo watch --web printed, or give the name to --host.\n',
      );
    }
    if (!['GET', 'HEAD', 'POST'].includes(method)) return sendStatus(response, 405, '', { allow: 'GET, HEAD, POST' });
    const [pathname = '', query = ''] = (request.url ?? '/').split('?');
    const [, token = '', ...path] = pathname.split('/');
    // What is not there and what nobody may know look the same.
    if (!isToken(token, this.token) || isOtherSite(request)) return sendStatus(response, 404, NOT_FOUND);
    if (method === 'POST') return this.command(request, response, path);
    return this.page(request, response, path, new URLSearchParams(query).get('since') ?? '');
  }

  private async page(
    request: IncomingMessage,
    response: ServerResponse,
    path: readonly string[],
    since: string,
  ): Promise<void> {
    const { studies } = this.options;
    const [first = '', second, ...more] = path;
    if (more.length > 0) return sendStatus(response, 404, NOT_FOUND);
    if (first === 'assets') return this.asset(request, response, second ?? '');
    if (second === undefined) {
      const only = await studies.only();
      if (first === '' && only !== undefined)
        return sendStatus(response, 302, '', { location: `${this.root}${only}/` });
      await studies.look();
      if (first === '') return send(request, response, this.html(studies.pages, '', false));
      if (first === 'changes') return this.changes(request, response, () => studies.pages, since, LIST_HOLD);
      return sendStatus(response, 404, NOT_FOUND);
    }
    const study = await studies.study(first);
    if (study === undefined) return sendStatus(response, 404, NOT_FOUND);
    await study.look();
    if (second === '') {
      const isListed = (await studies.only()) === undefined;
      return send(request, response, this.html(study.pages, '../', isListed));
    }
    if (second === 'changes') return this.changes(request, response, () => study.pages, since, HOLD);
    return sendStatus(response, 404, NOT_FOUND);
  }

  /** Many who open a page at once share what was made for the first; a large page also who comes later, and is soon up to date. */
  private html(pages: PageVersions, root: string, isListed: boolean): Content {
    const before = this.rendered.get(pages);
    if (before !== undefined && pages.reaches(before.version)) {
      const { version, madeAt, content } = before;
      const isFresh = version === pages.version || performance.now() - madeAt < FRESH;
      if (isFresh || content.length > LARGE) return content;
    }
    const { version } = pages;
    const content = new Content(renderLive(pages.page, { version, root, isListed }), 'text/html; charset=utf-8');
    this.rendered.set(pages, { version, madeAt: performance.now(), content });
    return content;
  }

  /** What has changed since a version, as soon as something has. */
  private async changes(
    request: IncomingMessage,
    response: ServerResponse,
    pages: () => PageVersions,
    since: string,
    hold: number,
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    if (pages().since(since).type === 'unchanged') await pages().changed(hold, gone.signal);
    if (response.destroyed) return;
    const changes = pages().since(since);
    switch (changes.type) {
      case 'unchanged':
        return sendStatus(response, 204);
      case 'anew':
        return send(request, response, new Content('{"anew":true}', JSON_TYPE));
      case 'changed':
        return send(request, response, this.changesContent(pages(), since, changes));
    }
  }

  /** All pages that wait have the same version, and get the same bytes. */
  private changesContent(
    pages: PageVersions,
    since: string,
    { version, changes }: Extract<Changes, { type: 'changed' }>,
  ): Content {
    const key = `${since} ${version}`;
    const before = this.told.get(pages);
    if (before?.key === key) return before.content;
    const text = `{"version":${JSON.stringify(version)},"changes":[${changes.join(',')}]}`;
    const content = new Content(text, JSON_TYPE);
    this.told.set(pages, { key, content });
    return content;
  }

  private async asset(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const known = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (known === undefined) return sendStatus(response, 404, NOT_FOUND);
    const content = this.assets.get(name) ?? new Content(known.content(), known.type, true);
    this.assets.set(name, content);
    return send(request, response, content);
  }

  private async command(request: IncomingMessage, response: ServerResponse, path: readonly string[]): Promise<void> {
    const [key = '', last, ...more] = path;
    const { headers } = request;
    if (last !== 'command' || more.length > 0) return sendStatus(response, 404, NOT_FOUND);
    if (!isToken(headers[TOKEN_HEADER], this.token))
      return sendStatus(response, 403, `expected the header ${TOKEN_HEADER}\n`);
    if (headers['content-type'] !== 'application/json') return sendStatus(response, 415, 'expected application/json\n');
    const study = await this.options.studies.study(key);
    if (study === undefined) return sendStatus(response, 404, NOT_FOUND);
    const body = await bodyOf(request);
    if (body === undefined) return sendStatus(response, 413, 'expected a command\n', { connection: 'close' });
    const command = parseCommand(jsonOf(body));
    if (command === undefined) return sendStatus(response, 400, 'expected a command\n');
    return this.ask(response, study, command);
  }

  private async ask(
    response: ServerResponse,
    study: FollowedStudy,
    command: NonNullable<ReturnType<typeof parseCommand>>,
  ): Promise<void> {
    try {
      await study.look();
      await study.ask(command);
      sendStatus(response, 204);
    } catch (error) {
      // Refused by the study, or there is none that runs.
      if (!(error instanceof HpoError)) throw error;
      sendStatus(response, 409, messageOf(error));
    }
  }
}

const NOT_FOUND =
  'There is nothing here. The address has a token at its beginning: hpo watch --web prints the whole.\n';
const JSON_TYPE = 'application/json; charset=utf-8';

/** Undefined where it is too long, or does not come to its end. */
function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
      if (body.length > MOST_BODY) resolve(undefined);
    });
    request.once('end', () => resolve(body));
    request.once('close', () => resolve(undefined));
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
