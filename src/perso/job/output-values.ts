/** Names that templates of outputs may use besides the fields of a record. */

/** In the columns. */
export const OUTPUT_VALUES = ['batch', 'number', 'row', 'card', 'generation', 'box', 'position'] as const;

/** In the names of files; `box` where the file has a box size: then it is one file for each box. */
export const JOB_VALUES = ['batch', 'station', 'date', 'box'] as const;
