// Durations as people write them: 90s, 20m, 1h30m.

/** Seconds, more than 0; undefined for a text that is no such duration. */
export function parseDuration(text: string): number | undefined {
  const [, hours, minutes, seconds] =
    /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text) ?? [];
  const time = 3600 * Number(hours ?? 0) + 60 * Number(minutes ?? 0) + Number(seconds ?? 0);
  return time > 0 && Number.isFinite(time) ? time : undefined;
}
