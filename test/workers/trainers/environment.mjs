// Logs the environment that native code of its process sees: /proc has it as it was when the process began, where there is /proc.
import { existsSync, readFileSync } from 'node:fs';

function nativeEnvironment() {
  if (!existsSync('/proc/self/environ')) return process.env;
  const entries = readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

export default async function* train(_, context) {
  const wanted = /^(CUDA|TF|OMP|UV)_/;
  const seen = Object.entries(nativeEnvironment()).filter(([name]) => wanted.test(name));
  context.log(JSON.stringify({ ...Object.fromEntries(seen), pid: process.pid }));
  yield { epoch: 1, metrics: { score: 1 } };
}
