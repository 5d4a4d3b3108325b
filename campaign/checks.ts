// All checks, in the order in which the campaign begins them.
import type { Check } from './check.js';
import { caches } from './checks/caches.js';
import { chaos } from './checks/chaos.js';
import { chaosCluster } from './checks/chaos-cluster.js';
import { cluster } from './checks/cluster.js';
import { cuts } from './checks/cuts.js';
import { damage } from './checks/damage.js';
import { disks } from './checks/disks.js';
import { faults } from './checks/faults.js';
import { images } from './checks/images.js';
import { journals } from './checks/journals.js';
import { kills, torchKills } from './checks/kills.js';
import { models } from './checks/models.js';
import { networks } from './checks/networks.js';
import { powerCuts } from './checks/power-cuts.js';
import { studies } from './checks/studies.js';
import { tables } from './checks/tables.js';
import { sweeps } from './checks/sweeps.js';
import { weights } from './checks/weights.js';

export const CHECKS: readonly Check[] = [
  ...[kills, torchKills, cuts, powerCuts, faults, disks, damage, chaos, cluster, chaosCluster],
  ...[studies, sweeps, journals, weights, images, models, networks, tables, caches],
];
