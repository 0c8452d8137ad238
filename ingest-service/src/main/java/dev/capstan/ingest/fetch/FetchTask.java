package dev.capstan.ingest.fetch;

import dev.capstan.schemas.records.LocatedPair;

/**
 * One pair to fetch.
 *
 * @param taken where the trace of its record stands
 */
record FetchTask(Claim claim, LocatedPair pair, History history, FetchSpans.Taken taken) {
    /** Without a trace. */
    FetchTask(Claim claim, LocatedPair pair, History history) {
        this(claim, pair, history, FetchSpans.Taken.UNTRACED);
    }
}
