// A thread that keeps one array of ones in a cache that shares, and ends.
import { ArrayCache } from '../../../src/system/array-cache.js';

const cache = new ArrayCache<Float32Array>(1000, 'threads');
const array = new Float32Array(new (cache.memoryFor(40))(40)).fill(1);
cache.set('of a thread', array);
