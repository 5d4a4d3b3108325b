// Versions of a page: who is told what.
import { describe, expect, it } from 'vitest';
import { messagePage } from '../../src/web/live-page.js';
import { PageVersions } from '../../src/web/page-versions.js';

const never = new AbortController().signal;
const page = (text: string) => messagePage('study', text);

describe('PageVersions', () => {
  it('tells what has changed since a version, and nothing where nothing has', () => {
    const pages = new PageVersions(page('one'));
    const first = pages.version;
    pages.publish(page('one'));
    expect(pages.since(first)).toEqual({ type: 'unchanged' });
    pages.publish(page('two'));
    const second = pages.version;
    pages.publish(page('three'));
    const told = pages.since(first);
    expect(told).toMatchObject({ type: 'changed', version: pages.version });
    expect(told.type === 'changed' && told.changes).toHaveLength(2);
    const latest = pages.since(second);
    expect(latest.type === 'changed' && latest.changes).toHaveLength(1);
  });

  it.each(['', 'nonsense', '.', 'x.0', '0'])(
    'has the page loaded anew for a version that it does not know: %s',
    (version) => {
      const pages = new PageVersions(page('one'));
      expect(pages.since(version)).toEqual({ type: 'anew' });
      expect(pages.since(`${pages.version}9`)).toEqual({ type: 'anew' });
      expect(pages.since(new PageVersions(page('one')).version)).toEqual({ type: 'anew' });
    },
  );

  it('keeps a bounded amount of changes', () => {
    const pages = new PageVersions(page(''));
    const first = pages.version;
    for (let i = 0; i < 30; i++) pages.publish(page(`${i}${'x'.repeat(100_000)}`));
    const late = pages.version;
    expect(pages.since(first)).toEqual({ type: 'anew' });
    pages.publish(page('end'));
    expect(pages.reaches(late)).toBe(true);
    for (let i = 0; i < 1000; i++) pages.publish(page(String(i)));
    expect(pages.reaches(late)).toBe(false);
  });

  it('wakes those who wait at a change, at the end of their time, when they leave, and when the page is another', async () => {
    const pages = new PageVersions(page('one'));
    const long = 1e6;
    const waiting = pages.changed(long, never);
    pages.publish(page('two'));
    await waiting;
    await pages.changed(1, never);
    const leaving = new AbortController();
    const left = pages.changed(long, leaving.signal);
    leaving.abort();
    await left;
    const last = pages.changed(long, never);
    pages.retire();
    await last;
    expect(pages.since(pages.version)).toEqual({ type: 'anew' });
  });
});
