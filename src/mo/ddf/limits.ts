/** How large a device description may be: files come from servers that others run. */
export interface DdfLimits {
  /** Octets of the whole file; 8 MiB unless told. */
  readonly maxOctets?: number;
  /** Elements inside each other; 96 unless told. */
  readonly maxDepth?: number;
  /** All elements; 400,000 unless told. */
  readonly maxElements?: number;
  /** Node elements; 20,000 unless told. */
  readonly maxNodes?: number;
  /** Characters of one attribute; 4,096 unless told. */
  readonly maxAttribute?: number;
}

/** The limits with what was not told. */
export function withDefaults(limits: DdfLimits): Required<DdfLimits> {
  return {
    maxOctets: limits.maxOctets ?? 8 * 1024 * 1024,
    maxDepth: limits.maxDepth ?? 96,
    maxElements: limits.maxElements ?? 400_000,
    maxNodes: limits.maxNodes ?? 20_000,
    maxAttribute: limits.maxAttribute ?? 4096,
  };
}
