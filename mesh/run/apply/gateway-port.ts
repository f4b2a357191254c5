/** GATEWAY_PORT is no port. */
export class GatewayPortError extends Error {
  override readonly name = 'GatewayPortError';
}

/** Where the gateway's port 80 is to be: the variable GATEWAY_PORT, or undefined for 8080. */
export function gatewayPortOf(env: NodeJS.ProcessEnv): number | undefined {
  const text = env['GATEWAY_PORT'];
  if (!text) {
    return undefined;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new GatewayPortError(`GATEWAY_PORT=${text} is not a port: give a number from 1 to 65535`);
  }
  return port;
}
