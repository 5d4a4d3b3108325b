// The title of the terminal's window or tab, for those who work in another one.
import { visibleText } from '../system/visible-text.js';

/** The title is pushed on the terminal's own stack before, and popped after; terminals without one keep the last title. */
const PUSH = '\u001b[22;2t';
const POP = '\u001b[23;2t';
const MOST_CHARACTERS = 80;

export class TerminalTitle {
  private shown: string | undefined;

  constructor(private readonly write: (text: string) => void) {}

  /** Writes nothing where it is shown already. */
  set(text: string): void {
    const title = visibleText(text).replaceAll('\n', ' ').slice(0, MOST_CHARACTERS);
    if (title === this.shown) return;
    this.write(`${this.shown === undefined ? PUSH : ''}\u001b]2;${title}\u0007`);
    this.shown = title;
  }

  /** Gives the earlier title back. */
  restore(): void {
    if (this.shown !== undefined) this.write(POP);
    this.shown = undefined;
  }
}
