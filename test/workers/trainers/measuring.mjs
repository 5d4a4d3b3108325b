// Uses and drops some memory in every trial; when asked to, reports what its thread holds after a collection.
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

export default async function* train({ parameters }) {
  const used = Array.from({ length: 100 }, (_, i) => new Float64Array(1000).fill(i));
  for (let epoch = 1; epoch <= 3; epoch++) yield { epoch, metrics: { used: used[epoch][0] } };
  if (parameters.behaviour !== 'measure') return;
  collect();
  collect();
  yield { epoch: 4, metrics: { heap: v8.getHeapStatistics().used_heap_size } };
}
