/** Where the tiles go: as large as they can be, so that all slots are seen at once. */

/** `large` tells all in words in a box, `middle` in three lines, `small` in one. */
type TileSize = 'large' | 'middle' | 'small';

export interface Layout {
  readonly size: TileSize;
  readonly columns: number;
  /** Characters of a tile without the gap to its neighbour. */
  readonly width: number;
  readonly height: number;
  /** Slots that are drawn; fewer than there are only on a very small screen. */
  readonly shown: number;
}

const SIZES: readonly {
  readonly size: TileSize;
  readonly height: number;
  readonly narrowest: number;
  readonly comfortable: number;
  readonly widest: number;
}[] = [
  { size: 'large', height: 7, narrowest: 30, comfortable: 38, widest: 60 },
  { size: 'middle', height: 4, narrowest: 26, comfortable: 32, widest: 50 },
  { size: 'small', height: 1, narrowest: 15, comfortable: 26, widest: 40 },
];
const GAP = 1;

/**
 * The largest tiles with which `slots` fit into `width` × `height`.
 */
export function tileLayout(slots: number, width: number, height: number): Layout {
  for (const kind of SIZES) {
    const most = Math.floor((width + GAP) / (kind.narrowest + GAP));
    const rows = Math.floor(height / kind.height);
    if (most * rows < slots) continue;
    return sized(kind, slots, Math.ceil(slots / Math.max(1, rows)), width);
  }
  const small = SIZES.at(-1)!;
  const columns = Math.max(1, Math.floor((width + GAP) / (small.narrowest + GAP)));
  const layout = sized(small, slots, columns, width);
  return { ...layout, shown: Math.min(slots, layout.columns * Math.max(0, height)) };
}

function sized(kind: (typeof SIZES)[number], slots: number, needed: number, width: number): Layout {
  const pleasant = Math.min(slots, Math.floor((width + GAP) / (kind.comfortable + GAP)));
  const columns = Math.max(1, needed, pleasant);
  const each = Math.floor((width + GAP) / columns) - GAP;
  return {
    size: kind.size,
    columns,
    width: Math.max(1, Math.min(kind.widest, each)),
    height: kind.height,
    shown: slots,
  };
}
