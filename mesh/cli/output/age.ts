const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/**
 * A duration as kubectl's AGE column shows it: two units while the larger one is small, else one (`85s`, `4m10s`,
 * `7h12m`, `3d2h`, `400d`). See k8s.io/apimachinery/pkg/util/duration HumanDuration.
 */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return units(seconds, [minute, 'm'], [1, 's']);
  if (seconds < 3 * hour) return units(seconds, [minute, 'm']);
  if (seconds < 8 * hour) return units(seconds, [hour, 'h'], [minute, 'm']);
  if (seconds < 2 * day) return units(seconds, [hour, 'h']);
  if (seconds < 8 * day) return units(seconds, [day, 'd'], [hour, 'h']);
  if (seconds < 2 * year) return units(seconds, [day, 'd']);
  if (seconds < 8 * year) return units(seconds, [year, 'y'], [day, 'd']);
  return units(seconds, [year, 'y']);
}

type Unit = readonly [size: number, letter: string];

function units(seconds: number, [size, letter]: Unit, smaller?: Unit): string {
  const rest = smaller ? Math.floor((seconds % size) / smaller[0]) : 0;
  return `${Math.floor(seconds / size)}${letter}${smaller && rest > 0 ? `${rest}${smaller[1]}` : ''}`;
}
