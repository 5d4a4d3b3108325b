// Which program of an engine keeps the memory of its runs. To take it anew for each run costs the training step of a whole network 6 % of its
// time and more (bench/step-profile.ts), and to keep it for all programs costs hundreds of megabytes each.
import type { InferenceSession } from 'onnxruntime-node';

/** So many runs ahead, at most, is who keeps its memory: as many runs of others take it away. */
const MOST_AHEAD = 16;

/** Opens the session of a program, keeping the memory of its runs or not. */
export type OpenSession = (keepsMemory: boolean) => Promise<InferenceSession>;

/**
 * The program that runs most keeps its memory: each of its runs counts for it, each run of another program against it. The last batch of an epoch,
 * which is smaller and has a program of its own, changes nothing then.
 */
export class KeptMemory {
  private keeper: SwitchedSession | undefined;
  private ahead = 0;

  isKeeper(session: SwitchedSession): boolean {
    return this.keeper === session;
  }

  /** The first to ask has it. */
  claim(session: SwitchedSession): void {
    this.keeper ??= session;
  }

  /** Before each run. */
  count(session: SwitchedSession): void {
    if (this.keeper === session) {
      this.ahead = Math.min(MOST_AHEAD, this.ahead + 1);
      return;
    }
    this.ahead--;
    if (this.keeper !== undefined && this.ahead >= 0) return;
    const former = this.keeper;
    this.keeper = session;
    this.ahead = 0;
    void former?.giveMemoryBack();
  }

  /** The session is over. */
  forget(session: SwitchedSession): void {
    if (this.keeper !== session) return;
    this.keeper = undefined;
    this.ahead = 0;
  }
}

/** A session that is opened anew where it is to keep its memory from now on, or no longer. Its results are the same. */
export class SwitchedSession {
  private session: Promise<InferenceSession> | undefined;
  private keepsMemory = false;
  private running = 0;

  private constructor(
    private readonly memory: KeptMemory,
    private readonly openSession: OpenSession,
  ) {}

  /** @throws what `openSession` throws. */
  static async open(memory: KeptMemory, openSession: OpenSession): Promise<SwitchedSession> {
    const session = new SwitchedSession(memory, openSession);
    memory.claim(session);
    try {
      await session.opened();
    } catch (error) {
      memory.forget(session);
      throw error;
    }
    return session;
  }

  async run(
    feeds: InferenceSession.FeedsType,
    fetches: InferenceSession.FetchesType = {},
  ): Promise<InferenceSession.OnnxValueMapType> {
    this.running++;
    try {
      this.memory.count(this);
      return await (await this.opened()).run(feeds, fetches);
    } finally {
      this.running--;
      if (this.keepsMemory && !this.memory.isKeeper(this)) await this.giveMemoryBack();
    }
  }

  /** What runs now ends first. The next run opens another session. */
  async giveMemoryBack(): Promise<void> {
    if (this.running > 0 || !this.keepsMemory) return;
    await this.close();
  }

  async release(): Promise<void> {
    this.memory.forget(this);
    await this.close();
  }

  private opened(): Promise<InferenceSession> {
    const keepsMemory = this.memory.isKeeper(this);
    const isAlone = this.running <= 1;
    if (this.session !== undefined && (this.keepsMemory === keepsMemory || !isAlone)) return this.session;
    const former = this.session;
    this.keepsMemory = keepsMemory;
    const session = (async () => {
      await (await former)?.release();
      return this.openSession(keepsMemory);
    })();
    this.session = session;
    session.catch(() => {
      if (this.session === session) this.session = undefined;
    });
    return session;
  }

  private async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.keepsMemory = false;
    await (await session?.catch(() => undefined))?.release();
  }
}
