/**
 * As http://time.jsontest.com answers, in UTC: `{"time": "12:43:09 AM", "milliseconds_since_epoch": 1515026589163,
 * "date": "01-04-2018"}`, indented by three spaces.
 */
export function timeAnswer(now: Date): string {
  const [year, month, day] = now.toISOString().slice(0, 10).split('-');
  const clock = now.toLocaleTimeString('en-US', {
    timeZone: 'UTC',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  // Some versions of ICU put a narrow no-break space before AM.
  const answer = {
    time: clock.replace(/\s/g, ' '),
    milliseconds_since_epoch: now.getTime(),
    date: `${month}-${day}-${year}`,
  };
  return `${JSON.stringify(answer, null, 3)}\n`;
}
