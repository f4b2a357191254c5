import { Graph, layout as place } from '/lib/dagre/dagre.esm.js';

/** Sizes of the drawing, in its own units. */
export const HEIGHT = 58;
export const LABEL = { width: 136, height: 48 };
const narrowest = 104;
const widest = 224;

/** Frames around versions make the arrangement several times as slow. */
const mostWithFrames = 30;

let known = { key: '' };

/** As wide as its texts need: a name and a smaller line below it. */
export function widthOf([name, more]) {
  return Math.min(widest, Math.max(narrowest, 74 + Math.max(name.length * 9.4, more.length * 6.8)));
}

/**
 * Where everything stands: layered from callers to called, from the left or from the top, whichever fills its room better. The
 * same boxes and arrows stand where they stood, so that a drawing that only counts does not move.
 *
 * @param captionOf the two texts of a box
 * @param rooms the width and height that there are for either, in pixels
 */
export function arranged({ nodes, edges }, captionOf, rooms) {
  const boxes = nodes.map((node) => ({ ...node, width: widthOf(captionOf(node)) }));
  const key = JSON.stringify([
    rooms,
    boxes.map(({ id, app, width }) => [id, app, width]),
    edges.map(({ id }) => id),
  ]);
  if (known.key !== key) known = { key, ...better({ nodes: boxes, edges }, rooms) };
  return known;
}

function better(graph, { flat: wide, tall: high }) {
  const [flat, tall] = [fitted(arrange(graph, 'LR'), wide), fitted(arrange(graph, 'TB'), high)];
  if (!flat.fits && !tall.fits) {
    // On a telephone, and of a large mesh, one scrolls rather than reads what is too small.
    return { ...tall, isTall: false, scale: Math.max(0.78, Math.min(1, wide.width / tall.width)) };
  }
  return tall.scale > flat.scale * 1.1 ? { ...tall, isTall: true } : { ...flat, isTall: false };
}

function fitted(layout, room) {
  const scale = Math.min(room.width / layout.width, room.height / layout.height, 1.3);
  return { ...layout, scale, fits: scale > 0.5 };
}

function arrange({ nodes, edges }, rankdir) {
  const groups = nodes.length > mostWithFrames ? [] : groupsOf(nodes);
  const graph = new Graph({ compound: groups.length > 0, multigraph: true });
  const isTall = rankdir === 'TB';
  graph.setGraph({
    rankdir,
    nodesep: isTall ? 22 : 24,
    ranksep: isTall ? 15 : 15,
    edgesep: 14,
    marginx: 10,
    marginy: 14,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width } of nodes) graph.setNode(id, { width, height: HEIGHT });
  for (const [app, members] of groups) {
    graph.setNode(app, {});
    for (const { id } of members) graph.setParent(id, app);
  }
  for (const { id, from, to } of edges) graph.setEdge(from, to, { ...LABEL, labelpos: 'c', minlen: 1 }, id);
  place(graph);
  const { width, height } = graph.graph();
  return {
    width,
    height,
    node: (id) => graph.node(id),
    edge: ({ from, to, id }) => graph.edge(from, to, id),
    groups: groups.map(([app, members]) => ({ app, name: members[0].app, ...graph.node(app) })),
  };
}

/** Versions of one app stand in a frame together. */
function groupsOf(nodes) {
  const groups = new Map();
  for (const node of nodes) {
    if (node.kind !== 'workload') continue;
    const key = `app ${node.namespace}/${node.app}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups].filter(([, members]) => members.length > 1);
}

/** A smooth line through points. */
export function curve(points) {
  const [first, ...rest] = points;
  if (rest.length === 0) return '';
  const middle = (a, b) => `${((a.x + b.x) / 2).toFixed(1)} ${((a.y + b.y) / 2).toFixed(1)}`;
  const bends = rest
    .slice(0, -1)
    .map((point, at) => `Q${point.x.toFixed(1)} ${point.y.toFixed(1)} ${middle(point, rest[at + 1])}`);
  const last = rest.at(-1);
  return `M${first.x.toFixed(1)} ${first.y.toFixed(1)}L${middle(first, rest[0])}${bends.join('')}L${last.x.toFixed(1)} ${last.y.toFixed(1)}`;
}
