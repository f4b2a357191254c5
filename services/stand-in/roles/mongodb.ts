import type { Document } from 'bson';
import type { Role, Stage } from '#services/stand-in/part.ts';

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const operations = { reply: 1, query: 2004, message: 2013 };
const HEADER = 16;
const LARGEST = 48_000_000;

/** What the database of bookinfo's image holds. */
const collections: ReadonlyMap<string, readonly Document[]> = new Map([
  [
    'test.ratings',
    [
      { _id: 1, rating: 5 },
      { _id: 2, rating: 4 },
    ],
  ],
]);

/** Plays the MongoDB of bookinfo's image: its one collection can be read, by equality of fields, and nothing can be written. */
export function mongodb(stage: Stage): Role {
  // Most meshes have none: the library costs memory.
  const loaded = import('bson');
  return {
    tcp(socket) {
      let received = Buffer.alloc(0);
      socket.on('data', async (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const bson = await loaded;
        while (received.length >= HEADER) {
          const length = received.readInt32LE(0);
          if (length < HEADER || length > LARGEST) return void socket.destroy();
          if (received.length < length) return;
          const message = received.subarray(0, length);
          received = received.subarray(length);
          const answer = answerTo(message, { bson, say: stage.say });
          if (!answer) return void socket.destroy();
          socket.write(answer);
        }
      });
    },
  };
}

interface Speaking {
  readonly bson: typeof import('bson');
  readonly say: (line: string) => void;
}

/** Undefined for an operation that clients of today do not send. */
function answerTo(message: Buffer, { bson, say }: Speaking): Buffer | undefined {
  const operation = message.readInt32LE(12);
  const body = commandIn(message, operation);
  if (!body) return undefined;
  const command = bson.deserialize(body);
  const [name = ''] = Object.keys(command);
  const answer = respond(name, command);
  if (name === 'find') say(`find ${String(command['$db'])}.${String(command['find'])}`);
  const document = Buffer.from(bson.serialize(answer));
  const isQuery = operation === operations.query;
  // A reply: flags, cursor (8), position, and one document. A message: flags, and a section of kind 0.
  const start = isQuery ? Buffer.alloc(20) : Buffer.alloc(5);
  if (isQuery) start.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(HEADER + start.length + document.length, 0);
  header.writeInt32LE(message.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? operations.reply : operations.message, 12);
  return Buffer.concat([header, start, document]);
}

/** The command's document: behind flags and the kind of the first section, or behind flags, a name and two numbers. */
function commandIn(message: Buffer, operation: number): Buffer | undefined {
  const start =
    operation === operations.message
      ? HEADER + 5
      : operation === operations.query
        ? message.indexOf(0, HEADER + 4) + 9
        : message.length;
  if (start + 4 > message.length) return undefined;
  const end = start + message.readInt32LE(start);
  return end <= message.length ? message.subarray(start, end) : undefined;
}

function respond(name: string, command: Document): Document {
  switch (name.toLowerCase()) {
    case 'hello':
    case 'ismaster':
      return {
        ...{ ismaster: true, isWritablePrimary: true, helloOk: true, readOnly: true, ok: 1 },
        ...{ minWireVersion: 0, maxWireVersion: 21, localTime: new Date() },
        ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: LARGEST, maxWriteBatchSize: 100_000 },
      };
    case 'find':
      return { cursor: { id: 0n, ns: nameOf(command), firstBatch: found(command) }, ok: 1 };
    case 'ping':
    case 'endsessions':
    case 'killcursors':
      return { ok: 1 };
    default:
      return { ok: 0, errmsg: `no such command: '${name}'`, code: 59, codeName: 'CommandNotFound' };
  }
}

const nameOf = (command: Document) => `${String(command['$db'])}.${String(command['find'])}`;

function found(command: Document): readonly Document[] {
  const wanted = Object.entries((command['filter'] ?? {}) as Document);
  const all = collections.get(nameOf(command)) ?? [];
  const some = all.filter((one) => wanted.every(([field, value]) => one[field] === value));
  return some.slice(0, Number(command['limit']) || some.length);
}
