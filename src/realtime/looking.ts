/** Something that is checked again and again, one look at a time. */
export type Looking = {
  /** Looks soon; several calls at once cause one more look. */
  wake(): void;
  /** Looks now: the look that resolves this began after the call. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export type Rhythm = {
  /** Between two looks that nobody asked for; null where nothing changes unnoticed. */
  pollMs: number | null;
  /** Between two looks that somebody asked for: under load one look serves many commits. With 0 there is no rest. */
  restMs: number;
};

type Options = Rhythm & {
  look(): Promise<void>;
  /** Gets the error that a look threw. The next wake tries again. */
  onFault(error: unknown): void;
};

const retryMs = 1_000;

/** Looks when woken and by a timer of its own. The first wake after a rest looks at once. */
export function startLooking({ look: lookOnce, onFault, pollMs, restMs }: Options): Looking {
  let looking: Promise<void> | null = null;
  // A look in progress may have passed what a new one is for: then one more follows it.
  let next: Promise<void> | null = null;
  const look = (): Promise<void> => {
    if (!looking) {
      looking = lookOnce().finally(() => {
        looking = null;
      });
      return looking;
    }
    // The caller of the look in progress gets its fault.
    next ??= Promise.allSettled([looking]).then(() => {
      next = null;
      return look();
    });
    return next;
  };
  let resting: ReturnType<typeof setTimeout> | null = null;
  let wokenMeanwhile = false;
  const wake = () => {
    if (resting) {
      wokenMeanwhile = true;
      return;
    }
    look().catch((error) => {
      onFault(error);
      // Without a poll, nothing else would look again.
      if (pollMs === null) setTimeout(wake, retryMs);
    });
    if (restMs === 0) return;
    resting = setTimeout(() => {
      resting = null;
      if (!wokenMeanwhile) return;
      wokenMeanwhile = false;
      wake();
    }, restMs);
  };
  const timer = pollMs === null ? undefined : setInterval(wake, pollMs);
  return {
    wake,
    look,
    stop: async () => {
      clearInterval(timer);
      if (resting) clearTimeout(resting);
      await Promise.allSettled([looking, next]);
    },
  };
}
