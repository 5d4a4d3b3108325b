// Keeps what others write to the terminal from tearing the screen, and shows it once the screen is given back.

type Write = NodeJS.WriteStream['write'];

/** Such as a warning of Node's own. More than this is cut: a dashboard is open for days. */
const MOST_CHARACTERS = 100_000;

export class StrayOutput {
  private readonly originals = new Map<NodeJS.WriteStream, Write>();
  private held: { readonly stream: NodeJS.WriteStream; readonly text: string }[] = [];
  private characters = 0;

  /** Holds back what is written to the streams until `release`. */
  hold(streams: readonly NodeJS.WriteStream[]): void {
    for (const stream of streams) {
      // eslint-disable-next-line @typescript-eslint/unbound-method -- it is put back as it was, and called with its stream
      this.originals.set(stream, stream.write);
      stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
        this.keep(stream, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
        const written = rest.find((one): one is () => void => typeof one === 'function');
        if (written !== undefined) process.nextTick(written);
        return true;
      };
    }
  }

  /** Writes past the hold. */
  write(stream: NodeJS.WriteStream, text: string): void {
    const original = this.originals.get(stream);
    if (original === undefined) stream.write(text);
    else original.call(stream, text);
  }

  release(): void {
    for (const [stream, original] of this.originals) stream.write = original;
    this.originals.clear();
    for (const { stream, text } of this.held) stream.write(text);
    this.held = [];
  }

  private keep(stream: NodeJS.WriteStream, text: string): void {
    if (this.characters > MOST_CHARACTERS) return;
    this.characters += text.length;
    this.held.push({ stream, text });
  }
}
