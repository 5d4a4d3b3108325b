// Who may ask the server for what: decided before anything is looked up.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** In the address of every page, and in a header of every command. 192 bits. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Whether a text is the token; takes the same time for every text. */
export function isToken(text: unknown, token: string): boolean {
  if (typeof text !== 'string') return false;
  const digest = (one: string): Buffer => createHash('sha256').update(one).digest();
  return timingSafeEqual(digest(text), digest(token));
}

/** The header that carries the token of a command: no page of another site can set it. */
export const TOKEN_HEADER = 'x-hpo-token';

/**
 * Whether the name that the browser asked for is one of this server's. A page of another site whose name is made to lead here (DNS
 * rebinding) asks for that name; it cannot ask for an address.
 * @param names that the server has beside 'localhost' and addresses.
 */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const name = hostnameOf(host ?? '');
  if (name === undefined) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || ['localhost', ...names.map((one) => one.toLowerCase())].includes(bare);
}

/** Without its port, in lower case. */
function hostnameOf(host: string): string | undefined {
  const [, name] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(host) ?? [];
  return name?.toLowerCase();
}

/** Whether a browser says that a page of another site asks. Browsers that say nothing are told by the token alone. */
export function isOtherSite({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true;
  const site = headers['sec-fetch-site'];
  // A link that was followed from elsewhere, as from a mail, opens the page.
  const isFollowed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (site === 'cross-site' || site === 'same-site') && !isFollowed;
}

/** Sent with everything: the browser fetches from here alone, runs no script but this server's, and tells nobody the address. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Plots have their size in their element, and tooltips their look.
    "style-src-attr 'unsafe-inline'",
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
