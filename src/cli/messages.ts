// What functions of the application say, as lines on stderr.
import type { Messages } from '../app/messages.js';
import { preparationOn } from './preparation.js';
import type { Outlet } from './terminal.js';

export function messagesTo(err: Outlet): Required<Messages> {
  const { onPhase, around } = preparationOn(err);
  return {
    onPhase,
    onProgress: (message) => around(() => err.line(message)),
    onWarning: (message) => around(() => err.line(`${err.style.yellow('warning:')} ${message}`)),
  };
}
