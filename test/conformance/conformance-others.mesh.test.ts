import { testGroups } from '#test/conformance/laptop/test-groups.ts';

testGroups('others');
