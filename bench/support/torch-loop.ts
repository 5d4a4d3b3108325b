// The hand-written PyTorch loop.
import { PeerLoop } from './peer-loop.js';

export interface LoopRequest {
  readonly network: string;
  /** Blocks trained; null: all. */
  readonly depth: number | null;
  readonly side: number;
  readonly batch: number;
  readonly precision?: string;
  readonly compile?: boolean;
  /** A forward pass of the whole network in place of a step. */
  readonly frozen?: boolean;
}

export class TorchLoop extends PeerLoop<LoopRequest> {
  constructor(device: string) {
    super('torch_loop', device);
  }

  /** Writes a network with random weights to an ONNX file. Its Python needs what PyTorch's exporter needs. */
  async export(network: string, side: number, file: string): Promise<void> {
    await this.ask({ network, side, export: file });
  }
}
