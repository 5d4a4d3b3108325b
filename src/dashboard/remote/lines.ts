// A stream of text as lines, none longer than a bound: whoever writes without end must not fill the memory.
import { StringDecoder } from 'node:string_decoder';

export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  /** @param longest characters of a line. */
  constructor(private readonly longest: number) {}

  /** The lines that are whole by now; undefined where one is too long. */
  push(bytes: Buffer): string[] | undefined {
    const lines = (this.rest + this.decoder.write(bytes)).split('\n');
    this.rest = lines.pop() ?? '';
    const isTooLong = [this.rest, ...lines].some((line) => line.length > this.longest);
    return isTooLong ? undefined : lines;
  }
}
