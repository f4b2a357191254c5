/** The header `server`, by which a mesh knows another mesh's collector: that is not to be taken for a Zipkin. */
export const serverName = 'mesh101-traces';
