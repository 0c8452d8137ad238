package dev.capstan.ingest.fetch.web;

import java.util.function.Consumer;

/** Makes one request to one address; follows nothing and repeats nothing. */
public interface WebClient extends AutoCloseable {

    /**
     * Begins a request and returns at once.
     *
     * @param done told once how it ended, on a thread of the client's
     * @throws IllegalStateException if the client is broken for good
     */
    void get(WebAddress address, Consumer<HopResult> done);

    /** Ends every request and the client's threads. */
    @Override
    void close();
}
