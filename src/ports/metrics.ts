export type Sample = {
  value: number;
  labels?: Record<string, string | number>;
  /** Where it is not the metric's own: the parts of a histogram. */
  name?: string;
};

/** What is measured, in the terms of Prometheus; read when it is asked for. Seconds, bytes and counts are its units. */
export type Metric = {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram" | "summary";
  read(): Sample[] | Promise<Sample[]>;
};
