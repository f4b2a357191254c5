import { testWalkthrough } from '#test/walkthrough/test-walkthrough.ts';

testWalkthrough('istio/chain/GATEWAY-API.md');
