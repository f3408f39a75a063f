export type Sample = {
  value: number;
  labels?: Record<string, string | number>;
  /** Where it is not the metric's own: the parts of a histogram. */
  name?: string;
};

/** Measurements in the terms of Prometheus, read on request. The units are seconds, bytes and counts. */
export type Metric = {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram" | "summary";
  read(): Sample[] | Promise<Sample[]>;
};
