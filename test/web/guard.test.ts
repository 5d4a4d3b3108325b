// Who may ask: names against DNS rebinding, other sites, the token.
import { describe, expect, it } from 'vitest';
import { isKnownHost, isOtherSite, isToken, newToken } from '../../src/web/guard.js';

describe('isKnownHost', () => {
  it.each(['localhost:8080', 'LOCALHOST', '127.0.0.1:1', '[::1]:80', '192.168.0.7:99', 'oak:5', 'Oak'])(
    'takes %s',
    (host) => {
      expect(isKnownHost(host, ['oak'])).toBe(true);
    },
  );
  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example:80',
    '127.0.0.1.evil.example',
    'oak.evil',
    'a b',
    '1.2.3.4:x',
    '[::1',
    'evil@localhost',
  ])('refuses %s', (host) => expect(isKnownHost(host, ['oak'])).toBe(false));
});

describe('isOtherSite', () => {
  it.each([
    ['a program that says nothing', {}, false],
    ['a page of this server', { host: 'a:1', origin: 'http://a:1', 'sec-fetch-site': 'same-origin' }, false],
    ['an address that was typed', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, false],
    [
      'a link that was followed',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      false,
    ],
    ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, true],
    ['a script of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true],
    ['another port', { host: 'a:1', origin: 'http://a:2' }, true],
    ['an origin that is hidden', { host: 'a:1', origin: 'null' }, true],
  ])('%s', (_, headers, expected) => expect(isOtherSite({ headers })).toBe(expected));
});

it('a token is long, new each time, and alone matches itself', () => {
  const [one, other] = [newToken(), newToken()];
  expect(one).toMatch(/^[\w-]{32}$/);
  expect(one).not.toBe(other);
  expect(isToken(one, one)).toBe(true);
  for (const text of [other, '', one.slice(1), undefined, [one]]) expect(isToken(text, one)).toBe(false);
});
