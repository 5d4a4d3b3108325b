// Preloaded: a machine where sharp is not installed.
import { register } from 'node:module';

const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === 'sharp') throw new Error("Cannot find package 'sharp'");
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
