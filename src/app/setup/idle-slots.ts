// The slots of a study that has nothing left to train: nothing is started, unless a trial comes after all.
import type { TrialRunner } from '../../study/trial-runner.js';
import type { SlotsOfStudy } from './open-slots.js';

/** @param open starts them. */
export function idleSlots(devices: SlotsOfStudy['devices'], open: () => Promise<SlotsOfStudy>): SlotsOfStudy {
  let opened: Promise<SlotsOfStudy> | undefined;
  const close = async (): Promise<void> => (await opened?.catch(() => undefined))?.close();
  const runner: TrialRunner = {
    slots: Math.max(1, devices.length),
    async run(...trials) {
      const slots = await (opened ??= open());
      return slots.runner.run(...trials);
    },
    close,
  };
  return { runner, devices, watch: () => {}, close };
}
