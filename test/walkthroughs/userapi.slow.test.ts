import { testWalkthrough } from '#test/walkthrough/test-walkthrough.ts';

testWalkthrough('istio/userapi/README.md');
