// What a slot without a device is called: counted from 1, like the keys that open it.

export function slotName(slot: number): string {
  return `slot ${slot + 1}`;
}
