import { expect, test } from 'vitest';
import { PodAddresses } from '#mesh/kubelet/pods/needed-ports.ts';

test('every pod has an address of its own, and a new one does not take that of one which has just gone', () => {
  const addresses = new PodAddresses();
  const [first = '', second] = [addresses.lease(), addresses.lease()];
  expect([first, second]).toEqual(['10.244.0.1', '10.244.0.2']);
  addresses.release(first);
  expect(addresses.lease()).toBe('10.244.0.3');
});

test('addresses stay within the network, and those that are in use are left out when it begins anew', () => {
  const addresses = new PodAddresses();
  const all = Array.from({ length: 255 * 254 }, () => addresses.lease());
  expect(new Set(all).size).toBe(all.length);
  expect([all[253], all[254], all.at(-1)]).toEqual(['10.244.0.254', '10.244.1.1', '10.244.254.254']);
  expect(() => addresses.lease()).toThrow('no address is left');
  addresses.release('10.244.7.7');
  expect(addresses.lease()).toBe('10.244.7.7');
});
