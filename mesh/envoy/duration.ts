/** A protobuf Duration in JSON form from milliseconds. */
export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}
