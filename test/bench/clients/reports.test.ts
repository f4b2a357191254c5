import { describe, expect, it } from 'vitest';
import { perCore, perSecond } from '#test/bench/clients/client.ts';
import { readFortioReport } from '#test/bench/clients/fortio-report.ts';
import { readWrkReport } from '#test/bench/clients/wrk.ts';

const WRK = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.98ms    1.40ms  37.17ms   97.00%
    Req/Sec    41.02k     3.07k   46.92k    77.57%
  Latency Distribution
     50%  775.00us
     75%    1.10ms
     90%    1.34ms
     99%    1.02s 
  82050 requests in 2.01s, 10.41MB read
Requests/sec:  40820.90
Transfer/sec:      5.18MB
`;

describe("wrk's report", () => {
  it('is read with its units', () => {
    // Some of its lines end with a space.
    expect(readWrkReport(WRK)).toEqual({
      requests: 82_050,
      seconds: 2.01,
      percentiles: {
        50: expect.closeTo(0.775),
        75: expect.closeTo(1.1),
        90: expect.closeTo(1.34),
        99: expect.closeTo(1020),
      },
    });
    expect(readWrkReport(WRK.replace('2.01s', '1.00m')).seconds).toBe(60);
  });

  it.each(['Socket errors: connect 0, read 3, write 0, timeout 1', 'Non-2xx or 3xx responses: 82050'])(
    'with "%s" is refused',
    (line) => {
      const text = WRK.replace('Requests/sec', `  ${line}\nRequests/sec`);
      expect(() => readWrkReport(text)).toThrow(`wrk: ${line}`);
    },
  );

  it.each([
    ['nothing', ''],
    ['no request', WRK.replace('82050 requests', '0 requests')],
  ])('of %s is refused', (_, text) => {
    expect(() => readWrkReport(text)).toThrow('wrk has sent nothing');
  });
});

describe("fortio's report", () => {
  const REPORT = {
    ActualDuration: 2_500_000_000,
    RetCodes: { 200: 5000 },
    DurationHistogram: {
      Count: 5000,
      Percentiles: [
        { Percentile: 50, Value: 0.0204 },
        { Percentile: 99, Value: 0.079 },
      ],
    },
    Labels: 'and much else',
  };

  it('is read into milliseconds and seconds', () => {
    expect(readFortioReport(JSON.stringify(REPORT))).toEqual({
      requests: 5000,
      seconds: 2.5,
      percentiles: { 50: expect.closeTo(20.4), 99: expect.closeTo(79) },
    });
  });

  it.each([{ 200: 4999, '-1': 1 }, { 200: 4999, 503: 1 }, { 404: 5000 }, {}])(
    'with the codes %j is refused',
    (RetCodes) => {
      const text = JSON.stringify({ ...REPORT, RetCodes });
      expect(() => readFortioReport(text)).toThrow('not all of 5000 requests were answered with 200');
    },
  );

  it('that lacks a field is refused', () => {
    expect(() => readFortioReport('{"RetCodes": {"200": 1}}')).toThrow('DurationHistogram');
  });
});

it("a core's rate counts CPU time, a second's the time of the run", () => {
  const run = { requests: 3000, seconds: 2, cpuSeconds: 0.5, percentiles: {} };
  expect([perCore(run), perSecond(run)]).toEqual([6000, 1500]);
});
