/** An outside host that a local process plays, so that the demos work without internet. */
export interface StandInHost {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  /** Relative to the project. It gets HOST, PORT, TLS_PORT, TLS_CERTIFICATE and TLS_KEY. */
  readonly program: string;
}

export const standInHosts: readonly StandInHost[] = [
  { host: 'time.jsontest.com', port: 80, tlsPort: 443, program: 'services/time-standin/main.ts' },
  { host: 'www.googleapis.com', port: 80, tlsPort: 443, program: 'services/google-books-standin/main.ts' },
];
