// A session that outlives its program while arrays that it made are in use: a device's memory goes with the session that made it.

interface Session {
  release(): Promise<void>;
}

export class KeptSession {
  private readonly holders = new Set<object>();
  private isOver = false;

  constructor(private readonly session: Session) {}

  /** `holder` has arrays of this session from now on. */
  hold(holder: object): void {
    this.holders.add(holder);
  }

  /** `holder` has none any more. */
  letGo(holder: object): Promise<void> {
    this.holders.delete(holder);
    return this.releaseIfUnused();
  }

  /** Its program is disposed. */
  end(): Promise<void> {
    this.isOver = true;
    return this.releaseIfUnused();
  }

  private async releaseIfUnused(): Promise<void> {
    if (this.isOver && this.holders.size === 0) await this.session.release();
  }
}
