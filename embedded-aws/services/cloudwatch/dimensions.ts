/** The dimensions of a metric, as requests have them. */
export type Dimensions = readonly { readonly Name?: string; readonly Value?: string }[];
