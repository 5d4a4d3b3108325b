// A controller that closes when it is told to, and ends by itself when nothing of it is left: node closing-process.ts <url>.
import { once } from 'node:events';
import { openController } from './scene.js';

const [url = ''] = process.argv.slice(2);
const controller = await openController(url);
process.stdout.write('open\n');
await once(process.stdin, 'data');
process.stdin.destroy();
await controller.close();
process.stdout.write('closed\n');
