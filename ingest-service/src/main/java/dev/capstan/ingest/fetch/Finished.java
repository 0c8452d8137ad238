package dev.capstan.ingest.fetch;

/** A task and how it ended. */
record Finished(FetchTask task, Outcome outcome) {

    /** Bytes of a body that are still reserved. */
    int bodyBytes() {
        return outcome instanceof Outcome.Fetched fetched ? fetched.image().bytes() : 0;
    }
}
