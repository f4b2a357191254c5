import { testWalkthrough } from '#test/walkthrough/test-walkthrough.ts';

testWalkthrough('istio/chain/TRACING.md');
