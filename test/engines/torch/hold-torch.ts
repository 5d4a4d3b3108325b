// A process of its own: starts PyTorch, prints the pid of that process, and waits to be killed.
import { TorchProcess } from '../../../src/engines/torch/torch-process.js';
import { pythonWith } from '../../report/support/python.js';

const options = { threads: 1, device: 'cpu', tf32: false, capture: true, room: 'auto' } as const;
const { process: torch } = await TorchProcess.start(pythonWith('torch') ?? '', options);
process.stdout.write(String(torch.pid));
setInterval(() => {}, 1000);
