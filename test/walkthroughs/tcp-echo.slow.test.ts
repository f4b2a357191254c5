import { testWalkthrough } from '#test/walkthrough/test-walkthrough.ts';

testWalkthrough('istio/tcp-echo/README.md');
