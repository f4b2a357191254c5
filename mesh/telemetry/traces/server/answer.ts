/** What goes back to a client. */
export interface Answer {
  readonly status: number;
  /** Absent: nothing to read. */
  readonly body?: string | Buffer;
  readonly type?: 'application/json' | 'application/x-protobuf' | 'text/html' | 'text/plain';
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

export function textAnswer(status: number, message: string): Answer {
  return { status, type: 'text/plain', body: `${message}\n` };
}

/** The header `server`, by which a mesh knows another mesh's collector: that is not to be taken for a Zipkin. */
export const serverName = 'mesh101-traces';
