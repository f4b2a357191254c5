/** An outside host that a local process plays, so that the demos work without internet. */
export interface StandInHost {
  readonly host: string;
  readonly ports: readonly { readonly port: number; readonly tls: boolean }[];
  /** The name of its answer in answers.ts. */
  readonly answer: 'time';
}

export const standInHosts: readonly StandInHost[] = [
  {
    host: 'time.jsontest.com',
    ports: [
      { port: 80, tls: false },
      { port: 443, tls: true },
    ],
    answer: 'time',
  },
];
