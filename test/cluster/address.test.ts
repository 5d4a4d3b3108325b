// The address of a queue: what is read of it, and that its credentials are shown nowhere.
import { expect, it } from 'vitest';
import { parseAddress, withoutSecrets } from '../../src/cluster/address.js';

it('reads server, queue and kind', () => {
  expect(parseAddress('redis://host:7000/2?queue=vision', {})).toEqual({
    kind: 'redis',
    queue: 'vision',
    url: 'redis://host:7000/2',
    shown: 'redis://host:7000/2',
  });
  expect(parseAddress('postgresql://u@db/hpo?sslmode=require', {})).toMatchObject({
    kind: 'postgres',
    queue: 'hpo',
    url: 'postgresql://u@db/hpo?sslmode=require',
    shown: 'postgresql://db/hpo',
  });
});

it('takes the password from the environment where the address has none', () => {
  const env = { HPO_QUEUE_PASSWORD: 'a/b' };
  expect(parseAddress('redis://u@host', env).url).toBe('redis://u:a%2Fb@host');
  expect(parseAddress('redis://u:own@host', env).url).toBe('redis://u:own@host');
});

it.each(['redis:/', 'http://host', 'host:6379', '', 'mysql://u:secret@host/db', 'redis://u:secret@host?queue=a%20b'])(
  'refuses %j without repeating what is secret in it',
  (text) => {
    let message = '';
    try {
      parseAddress(text, {});
    } catch (error) {
      message = String(error);
    }
    if (text === 'redis:/') return; // a server on this machine
    expect(message).toMatch(/expected/);
    expect(message).not.toContain('secret');
  },
);

it('takes secrets out of what servers and clients say', () => {
  const address = parseAddress('postgres://hpo:p%40ss@db/hpo', {});
  const said = 'cannot connect to postgres://hpo:p%40ss@db/hpo with p@ss or p%40ss';
  expect(withoutSecrets(said, address)).toBe('cannot connect to postgres://db/hpo with … or …');
});

it('takes a password out that has a percent sign of its own, one among the options, and a quoted user', () => {
  expect(withoutSecrets('WRONGPASS: 50%off', parseAddress('redis://:50%off@host', {}))).toBe('WRONGPASS: …');
  expect(withoutSecrets('no pw', parseAddress('postgres://host/db?password=pw', {}))).toBe('no …');
  const refused = 'password authentication failed for user "hpo" of hpo';
  expect(withoutSecrets(refused, parseAddress('postgres://hpo:secret@host/db', {}))).toBe(
    'password authentication failed for user "…" of hpo',
  );
});
