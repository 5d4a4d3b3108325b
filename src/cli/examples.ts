// Examples at the end of each command's help.

export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  init: [
    'hpo init photos                              # photos/cats, photos/dogs; or photos/train/cats, …',
    'hpo init labels.csv --images photos           # a table with a row for each image',
    'hpo init photos --backbone mobilenetv2 --out studies/pets.json',
    'hpo init photos --from sweep.yaml            # space and search of a Weights & Biases sweep',
  ],
  plan: ['hpo plan study.json', 'hpo plan study.json --json | jq .training.work'],
  augment: ['hpo augment study.json', 'hpo augment study.json --out sheet.png'],
  'lr-find': ['hpo lr-find study.json', 'hpo lr-find study.json --depth 0 2 --out rates.svg'],
  run: [
    'hpo run study.json',
    'hpo run study.json --workers 4 --plain',
    'hpo run study.json --fresh                   # again from the start',
    'hpo run study.json --json | jq -c \'select(.type == "told")\'',
  ],
  worker: [
    'hpo worker redis://queue-host:6379',
    'hpo worker redis://queue-host:6379 --slots 2 --map /data=/mnt/data',
    'hpo worker --once                            # the address is in HPO_QUEUE',
  ],
  workers: [
    'hpo workers redis://queue-host:6379',
    'hpo workers --json                           # the address is in HPO_QUEUE',
  ],
  watch: [
    'hpo watch study.json                         # from another terminal, also over ssh',
    'hpo watch --web study.json                   # in a browser',
    'hpo watch --web studies --port 8080          # every run below a folder',
  ],
  show: ['hpo show study.json', 'hpo show study.json --all'],
  best: ['hpo best study.json', 'hpo best study.json --json | jq .parameters'],
  check: ['hpo check study.json', 'hpo check study.json --json'],
  list: ['hpo list', 'hpo list studies --json'],
  report: [
    'hpo report study.json',
    'hpo report study.json --format csv --out trials.csv',
    'hpo report study.json --compare other.json',
  ],
  export: [
    'hpo export study.json --out model',
    'hpo export study.json --out model --format onnx,python --dtype float16',
  ],
  train: ['hpo train model/config.json --out final'],
  predict: [
    'hpo predict model cat.jpg dog.png',
    'hpo predict model photos --top 3',
    'hpo predict model photos --json',
    'hpo predict model photos --explain looked',
  ],
  backbones: ['hpo backbones', 'hpo backbones resnet50', 'hpo backbones pull resnet50'],
  engine: ['hpo engine list', 'hpo engine install', 'hpo engine install --cuda'],
  doctor: ['hpo doctor', 'hpo doctor --json'],
  cache: [
    'hpo cache',
    'hpo cache --budget 2GB                       # the least recently used features go',
    'hpo cache --clear',
  ],
  completion: [
    'source <(hpo completion bash)                # for good: the same line in ~/.bashrc',
    'source <(hpo completion zsh)                 # in ~/.zshrc, after compinit',
    'hpo completion fish > ~/.config/fish/completions/hpo.fish',
  ],
};

/** As a part of the help; empty where a command has none. */
export function examplesText(command: string): string {
  const lines = EXAMPLES[command] ?? [];
  return lines.length === 0 ? '' : ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');
}
