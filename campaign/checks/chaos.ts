// stub
import type { Check } from '../check.js';
export const chaos: Check = {
  name: 'chaos',
  description: '',
  skip: () => 'stub',
  run: () => Promise.reject(new Error('stub')),
};
