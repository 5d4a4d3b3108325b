// The server, asked as a browser and as others would.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServedWeb, serveWeb } from '../../src/app/serve-web.js';
import { StudyControl } from '../../src/controller/study-control.js';
import { offerControl } from '../../src/dashboard/remote/offer-control.js';
import { lockStudy } from '../../src/store/study-lock.js';
import { fakeEvents } from '../dashboard/support/fake-study.js';
import { eventually } from '../eventually.js';
import { type WrittenStudy, writtenStudy } from './support.js';

const events = fakeEvents({ trials: 8 });
let disk: WrittenStudy;
let web: ServedWeb;
beforeEach(() => {
  disk = writtenStudy('one.run');
  disk.write(events);
});
afterEach(async () => {
  await web.close();
  disk.remove();
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  url: string | URL,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** The address of the page of the only study. */
async function open(): Promise<URL> {
  web = await serveWeb([disk.layout.root]);
  const { headers } = await ask(web.addresses[0] ?? '');
  return new URL(String(headers['location']), web.addresses[0]);
}

const versionIn = (html: string): string => /"version":"([^"]+)"/.exec(html)?.[1] ?? '';

describe('the server', () => {
  it('leads to the page of the only study, which has everything from here and runs no script within it', async () => {
    const page = await open();
    const { status, headers, body } = await ask(page);
    expect(status).toBe(200);
    expect(body).toContain('<h1>ants-bees</h1>');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    const references = [...body.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, reference]) => reference);
    expect(references).toEqual(['data:,', '../assets/page.css', '../assets/page.js', '../assets/echarts.js']);
    expect([...body.matchAll(/<script(?![^>]* src=| type="application\/json")/g)]).toEqual([]);
    for (const name of ['page.css', 'page.js', 'echarts.js']) {
      const asset = await ask(new URL(`../assets/${name}`, page), { headers: { 'accept-encoding': 'gzip' } });
      expect([asset.status, asset.headers['content-encoding']]).toEqual([200, 'gzip']);
    }
  });

  it('is on the loopback alone, unless it is told otherwise', async () => {
    await open();
    expect(web.addresses).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/)]);
    expect(web.isOpen).toBe(false);
    const wide = await serveWeb([disk.layout.root], { host: '0.0.0.0' });
    expect(wide.isOpen).toBe(true);
    await wide.close();
    await expect(serveWeb([disk.layout.root], { host: '192.0.2.1' })).rejects.toThrow('could not listen at 192.0.2.1');
    const { port } = new URL(web.addresses[0] ?? '');
    await expect(serveWeb([disk.layout.root], { port: Number(port) })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it('tells nobody anything without the token, under another name, or for another site', async () => {
    const page = await open();
    const wrong = new URL(page.href.replace(/\/[\w-]{32}\//, '/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/'));
    const nothing = await ask(wrong);
    expect(nothing.status).toBe(404);
    expect((await ask(new URL('/', page))).body).toBe(nothing.body);
    expect((await ask(page, { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await ask(page, { headers: { origin: 'http://evil.example' } })).status).toBe(404);
    expect((await ask(page, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(404);
    expect((await ask(page, { method: 'PUT' })).status).toBe(405);
    expect((await ask(page, { method: 'OPTIONS' })).status).toBe(405);
    for (const path of [
      'nowhere',
      '../assets/../../x',
      '../assets/constructor',
      '../assets/',
      '../0123456789ab/',
      '//',
      'a/b/c',
    ]) {
      expect((await ask(`${page.origin}${page.pathname}${path}`)).status, path).toBe(404);
    }
  });

  it('survives what is no request, and those who say nothing', async () => {
    const page = await open();
    for (const text of [
      'nonsense\r\n\r\n',
      'GET //\\ HTTP/1.1\r\nHost: [\r\n\r\n',
      `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      const socket = connect(Number(page.port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(text);
      await closed;
    }
    expect((await ask(page)).status).toBe(200);
  });

  it('tells what has changed since a version, and waits for it', async () => {
    disk.restart();
    disk.remove();
    disk.write(events.slice(0, 40));
    const page = await open();
    let version = versionIn((await ask(page)).body);
    const waiting = ask(new URL(`changes?since=${version}`, page));
    disk.write(events.slice(40));
    const { changes, version: next } = JSON.parse((await waiting).body) as { changes: unknown[]; version: string };
    expect(changes.length).toBeGreaterThan(0);
    expect(next).not.toBe(version);
    version = next;
    expect((await ask(new URL('changes?since=old.7', page))).body).toBe('{"anew":true}');
    // Many pages that wait, and one that leaves.
    const left = request(new URL(`changes?since=${version}`, page), { agent: false }).on('error', () => {});
    left.end();
    left.destroy();
    const statuses = await Promise.all(
      Array.from({ length: 40 }, () => ask(new URL(`changes?since=${version}`, page))),
    );
    expect(statuses.every(({ status }) => status === 204 || status === 200)).toBe(true);
  });

  it('ends at once, also while pages wait', async () => {
    const page = await open();
    const version = versionIn((await ask(page)).body);
    const waiting = ask(new URL(`changes?since=${version}`, page)).catch((error: unknown) => error);
    const idle = connect(Number(page.port), '127.0.0.1');
    const closed = new Promise((resolve) => idle.on('error', () => {}).once('close', resolve));
    await new Promise((resolve) => idle.once('connect', resolve));
    await web.close();
    await Promise.all([waiting, closed]);
  });
});

describe('commands', () => {
  async function post(page: URL, body: string, headers: Record<string, string> = {}): Promise<Answer> {
    const token = page.pathname.split('/')[1] ?? '';
    const all = { 'content-type': 'application/json', 'x-hpo-token': token, ...headers };
    return ask(new URL('command', page), { method: 'POST', body, headers: all });
  }

  it('reach the study, and need the token in a header', async () => {
    const control = new StudyControl();
    const lock = lockStudy(disk.layout.lock);
    const offer = await offerControl({
      ...{ folder: disk.layout.control, controls: control, isRunning: () => false },
      status: () => ({ slots: [] }),
    });
    const page = await open();
    const pause = '{"do":"pause"}';
    expect((await post(page, pause, { 'x-hpo-token': 'wrong' })).status).toBe(403);
    expect((await post(page, pause, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(page, pause, { origin: 'http://evil.example' })).status).toBe(404);
    expect((await post(page, '{"do":"stop"}')).status).toBe(400);
    expect((await post(page, 'x'.repeat(5000))).status).toBe(413);
    expect(control.paused).toBe(false);
    expect((await post(page, pause)).status).toBe(204);
    expect(control.paused).toBe(true);
    const refused = await post(page, '{"do":"prune","trial":1}');
    expect([refused.status, refused.body]).toEqual([409, 'expected a running trial, but trial 1 is not running']);
    offer.close();
    lock.release();
    await eventually(async () => expect((await post(page, pause)).status).toBe(409));
  });
});

describe('several studies', () => {
  it('begin with a list, which shows those that come later and what is wrong with one', async () => {
    const other = writtenStudy('deep/two.run', disk.folder);
    other.write(fakeEvents({ trials: 4, seed: 3, name: 'other <b>' }));
    web = await serveWeb([disk.folder]);
    const address = web.addresses[0] ?? '';
    const list = async (): Promise<string> => (await ask(address)).body;
    await eventually(async () => expect(await list()).toContain('other &lt;b&gt;'));
    const version = versionIn(await list());
    const links = [...(await list()).matchAll(/<a href="([0-9a-f]{12}\/)">/g)].map(([, link]) => link ?? '');
    expect(links).toHaveLength(2);
    for (const link of links) expect((await ask(new URL(link, address))).body).toContain('all studies');
    mkdirSync(join(disk.folder, 'three.run'));
    writeFileSync(join(disk.folder, 'three.run', 'journal.jsonl'), 'no event\n');
    await eventually(async () => expect(await list()).toContain('damaged'));
    const changes = await ask(new URL(`changes?since=${version}`, address));
    expect(changes.body).toContain('three.run');
  });

  it('stay on the page when one of their folders is deleted', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'hpo-web-gone-'));
    writtenStudy('one.run', gone).write(fakeEvents({ trials: 2, seed: 4, name: 'the first' }));
    writtenStudy('two.run', gone).write(fakeEvents({ trials: 2, seed: 5, name: 'the second' }));
    web = await serveWeb([gone]);
    const address = web.addresses[0] ?? '';
    await eventually(async () => expect((await ask(address)).body).toContain('the second'));
    rmSync(gone, { recursive: true });
    await eventually(async () => {
      const { status, body } = await ask(address);
      expect(status).toBe(200);
      expect(body).not.toContain('the second');
      expect(body).toContain('two.run');
    });
  });

  it('may have the same name and place of a file, and one may not have begun', async () => {
    writeFileSync(join(disk.folder, 'later.json'), '{}');
    web = await serveWeb([disk.layout.root, join(disk.folder, 'later.json')]);
    await eventually(async () => {
      const { body } = await ask(web.addresses[0] ?? '');
      expect(body).toContain('ants-bees');
      expect(body).toContain('not begun');
    });
  });

  it('must be there', async () => {
    web = await serveWeb([disk.folder]);
    await expect(serveWeb([join(disk.folder, 'nowhere')])).rejects.toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });
  });
});
