// Whose a trial's folder is where several machines see it: that of the attempt which the controller has named last.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HpoError, messageOf } from '../study/errors.js';
import { type Claim, writeClaim } from '../system/claim.js';
import type { Attempt } from './messages.js';
import type { Offer } from './offer.js';

/** Both sides make the same of an attempt. @param claims the folder of claims. @param folder of the trial, below that of trials. */
export function claimOf(claims: string, { offer, start }: Attempt, folder: string): Claim {
  return { file: join(claims, `${folder.replaceAll('/', '-')}.txt`), text: `${offer} ${start}\n` };
}

/** The controller's side: an attempt that was cut off or stopped, and comes back, writes nothing into folders of others. */
export class Claims {
  private readonly files = new Map<Offer, Set<string>>();

  /** @param folder of claims; undefined where no worker sees the trials' folders. */
  constructor(private readonly folder: string | undefined) {}

  /** The trials' folders are the attempt's from now on. Where that cannot be written, the study stops. */
  give(offer: Offer, attempt: Attempt): void {
    const { folder: claims } = this;
    if (claims === undefined) return;
    const files = this.files.get(offer) ?? new Set();
    this.files.set(offer, files);
    try {
      for (const folder of offer.folders) {
        const claim = claimOf(claims, attempt, folder);
        files.add(claim.file);
        writeClaim(claim);
      }
    } catch (error) {
      offer.end(new HpoError('ERR_STORE', `could not write to ${claims}: ${messageOf(error)}`, { cause: error }));
    }
  }

  /** No worker has them any more. */
  end(offer: Offer): void {
    for (const file of this.files.get(offer) ?? []) rmSync(file, { force: true });
    this.files.delete(offer);
  }
}
