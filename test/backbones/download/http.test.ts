// Redirects, proxies and credentials.
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proxyFor, readBody, request, shownUrl } from '../../../src/backbones/download/http.js';

/** The address of a server that answers as told. */
function serving(listener: RequestListener): Promise<string> {
  return listening(createServer(listener));
}

async function listening(http: Server): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const redirecting = (location: string): Promise<string> =>
  serving((_, response) => response.writeHead(302, { location }).end());

describe('request', () => {
  it('gives credentials to the host that they are for, and not to one that it is sent on to', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serving(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('there');
    });
    const first = await serving(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location: `${other}/x` }).end();
    });
    const authorization = ({ origin }: URL): string | undefined => (origin === first ? 'Bearer t' : undefined);
    const response = await request(`${first}/a`, { authorization });
    expect((await readBody(response, first, 100)).toString()).toBe('there');
    expect(seen).toEqual(['Bearer t', undefined]);
  });

  it('takes user and password out of an address, for its host alone', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serving(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end();
    });
    const first = await serving(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location: `${other}/x` }).end();
    });
    await request(first.replace('//', '//me:p%40ss@'));
    expect(seen).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`, undefined]);
    const shut = 'http://me:secret@127.0.0.1:9/';
    await expect(request(shut)).rejects.toThrow(/^(?!.*secret)expected to reach 127\.0\.0\.1:9/);
  });

  it.each(['file:///etc/passwd', 'ftp://x.test/'])('follows no redirect to %s', async (location) => {
    const address = await redirecting(location);
    await expect(request(`${address}/a`)).rejects.toThrow(
      /expected an http or https address, got (file|ftp): address, to which http:\/\/127.* redirects/,
    );
  });

  it('follows no circle of redirects for ever', async () => {
    const address = await serving((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(request(address)).rejects.toThrow('expected at most 10 redirects');
  });

  it('gives the redirect itself where that is asked for', async () => {
    const address = await redirecting('http://elsewhere.test/');
    expect((await request(address, { follows: () => false })).status).toBe(302);
  });

  it('reads no body that is larger than expected', async () => {
    const address = await serving((_, response) => response.end(Buffer.alloc(1000)));
    await expect(readBody(await request(address), address, 999)).rejects.toThrow('expected at most 999 bytes');
  });

  it('goes through the proxy that is configured', async () => {
    const target = await serving((_, response) => response.end('by proxy'));
    const asked: string[] = [];
    const tunnels = createServer();
    tunnels.on('connect', (asking: IncomingMessage, socket: Duplex) => {
      asked.push(asking.url ?? '');
      const onward = connect(Number(new URL(target).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    const proxy = await listening(tunnels);
    const response = await request('http://nowhere.test/file', { network: { httpProxy: proxy } });
    expect((await readBody(response, target, 100)).toString()).toBe('by proxy');
    expect(asked).toEqual(['nowhere.test:80']);
  });
});

describe('proxyFor', () => {
  const of = (address: string, env: NodeJS.ProcessEnv, settings = {}): string | undefined =>
    proxyFor(new URL(address), settings, env);

  it('takes the one of the environment for the protocol', () => {
    const env = { HTTPS_PROXY: 'http://s.test:1', http_proxy: 'http://p.test:2' };
    expect(of('https://x.test/', env)).toBe('http://s.test:1');
    expect(of('http://x.test/', env)).toBe('http://p.test:2');
    expect(of('http://x.test/', {})).toBeUndefined();
  });

  it('takes the one of the settings before that', () => {
    expect(of('https://x.test/', { HTTPS_PROXY: 'http://s.test' }, { httpsProxy: 'http://own.test' })).toBe(
      'http://own.test',
    );
  });

  it('reads a host and a port as an address of http, and refuses other protocols without showing a password', () => {
    expect(of('https://x.test/', { HTTPS_PROXY: 'me:pass@s.test:3128' })).toBe('http://me:pass@s.test:3128');
    expect(() => of('https://x.test/', { HTTPS_PROXY: 'socks5://me:pass@s.test' })).toThrow(
      /^(?!.*pass@)expected the http or https address of a proxy .*, got socks5: address$/,
    );
  });

  it.each(['*', 'x.test', '.test', 'other, x.test:443', '*.x.test,x.test'])(
    'is passed over for no_proxy %s',
    (noProxy) => {
      expect(of('https://x.test/', { HTTPS_PROXY: 'http://s.test', NO_PROXY: noProxy })).toBeUndefined();
    },
  );

  it.each(['y.test', 'est', 'x.test:80'])('is not passed over for no_proxy %s', (noProxy) => {
    expect(of('https://x.test/', { HTTPS_PROXY: 'http://s.test', NO_PROXY: noProxy })).toBe('http://s.test');
  });
});

describe('shownUrl', () => {
  it('leaves out what may be secret', () => {
    expect(shownUrl('https://me:pass@x.test/a/b?token=secret#c')).toBe('https://x.test/a/b');
  });
});
