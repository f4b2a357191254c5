import { testWalkthrough } from '#test/walkthrough/test-walkthrough.ts';

testWalkthrough('istio/httpbin/README.md');
