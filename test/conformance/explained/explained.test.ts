import { beforeAll, describe, expect, test } from 'vitest';
import { caseGroups, loadCases } from '#test/conformance/case.ts';
import { createExplainer, type Explainer } from '#test/conformance/explained/explainer.ts';
import { tellable, untold } from '#test/conformance/explained/facts.ts';
import { requestLine } from '#test/conformance/observe.ts';

let explainer: Explainer;
beforeAll(async () => {
  explainer = await createExplainer();
});

describe.each(caseGroups())('%s: mesh explain says what Istio does', (group) => {
  // Where the laptop is known to differ, an explanation says what happens on the laptop.
  const cases = loadCases(group).filter(
    ({ refused, differs }) => refused === undefined && differs === undefined,
  );
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const asked = one.requests.filter((request) => untold(one, request) === undefined);
    const said = asked.map((request) => [requestLine(request), explainer.facts(one, request)]);
    const recorded = asked.map((request) => [requestLine(request), tellable([request.answer ?? []].flat())]);
    expect(said).toEqual(recorded);
  });
});
