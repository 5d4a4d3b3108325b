// What functions of the application say, as lines on stderr.
import type { Messages } from '../app/messages.js';
import type { Outlet } from './terminal.js';

export function messagesTo(err: Outlet): Required<Messages> {
  return {
    onProgress: (message) => err.line(message),
    onWarning: (message) => err.line(`${err.style.yellow('warning:')} ${message}`),
  };
}
