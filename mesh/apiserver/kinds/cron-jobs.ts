import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkJobSpec } from '#mesh/apiserver/kinds/jobs.ts';
import { podWarnings } from '#mesh/apiserver/kinds/pod-warnings.ts';
import { withTemplateDefaults } from '#mesh/apiserver/kinds/pods.ts';

/** Its Jobs' names are longer, and a label as well. */
const longestCronJobName = 52;

export const cronJobs: FieldRules = {
  defaulted: withTemplateDefaults,
  check(object, before) {
    const name = object.at('metadata', 'name');
    if (!before && name.text.length > longestCronJobName)
      name.invalid(`must be no more than ${longestCronJobName} characters`);
    const spec = object.at('spec');
    checkSchedule(spec);
    for (const limit of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
      spec.at(limit).notNegative();
    spec.at('concurrencyPolicy').oneOf(['Allow', 'Forbid', 'Replace']);
    const job = spec.at('jobTemplate', 'spec');
    checkJobSpec(job);
    if (job.at('selector').isSet) job.at('selector').invalid('`selector` will be auto-generated');
    if (job.at('manualSelector').value === true) job.at('manualSelector').unsupported(['nil', 'false']);
  },
  warnings: (object) => [
    ...podWarnings(object.at('spec', 'jobTemplate', 'spec', 'template')),
    ...(/TZ=/.test(object.at('spec', 'schedule').text)
      ? ['cannot use TZ or CRON_TZ in spec.schedule, use spec.timeZone instead']
      : []),
  ],
};

function checkSchedule(spec: Field): void {
  const [schedule, zone] = [spec.at('schedule'), spec.at('timeZone')];
  if (schedule.isEmpty) schedule.required();
  else if (schedule.text.includes('TZ')) {
    schedule.invalid(
      zone.isSet
        ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
        : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    );
  } else {
    const problem = scheduleProblem(schedule.text);
    if (problem !== undefined) schedule.invalid(problem);
  }
  if (!zone.isSet) return;
  if (zone.text === '') zone.invalid('timeZone must be nil or non-empty string');
  else if (zone.text.toLowerCase() === 'local')
    zone.invalid('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  else if (!isTimeZone(zone.text)) zone.invalid(`unknown time zone ${zone.text}`);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

interface Unit {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const units: readonly Unit[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: days },
];
const descriptors = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);

/** Why a CronJob's schedule is none, in the words of the parser that Kubernetes uses; undefined when it is one. */
function scheduleProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return descriptorProblem(schedule);
  const fields = schedule.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [index, field] of fields.entries()) {
    const problem = fieldProblem(field, units[index] as Unit);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function descriptorProblem(schedule: string): string | undefined {
  if (descriptors.has(schedule)) return undefined;
  if (!schedule.startsWith('@every ')) return `unrecognized descriptor: ${schedule}`;
  const duration = schedule.slice('@every '.length);
  if (/^\+?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  return `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(duration)}`;
}

function fieldProblem(field: string, unit: Unit): string | undefined {
  for (const part of field.split(',').filter((each) => each !== '')) {
    const problem = rangeProblem(part, unit);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** `*`, `5`, `1-5`, each with a step after a slash. */
function rangeProblem(text: string, { low, high, names = [] }: Unit): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/');
  const [first = '', last, ...moreEnds] = range.split('-');
  if (moreEnds.length > 0) return `too many hyphens: ${text}`;
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  const all = first === '*' || first === '?';
  const ends = all ? [] : [first, last ?? first];
  for (const end of ends) {
    if (!/^\d+$/.test(end) && !names.includes(end.toLowerCase())) return noNumber(end);
  }
  if (step !== undefined && !/^\d+$/.test(step)) return noNumber(step);
  const number = (end: string) => {
    const at = names.indexOf(end.toLowerCase());
    return at < 0 ? Number(end) : at + low;
  };
  const [from = low, given = high] = ends.map(number);
  const to = step !== undefined && last === undefined ? high : given;
  if (from < low) return `beginning of range (${from}) below minimum (${low}): ${text}`;
  if (to > high) return `end of range (${to}) above maximum (${high}): ${text}`;
  if (from > to) return `beginning of range (${from}) beyond end of range (${to}): ${text}`;
  return step !== undefined && Number(step) === 0
    ? `step of range should be a positive number: ${text}`
    : undefined;
}

function noNumber(text: string): string {
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
