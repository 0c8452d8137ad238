package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.ingest.fetch.web.WebAddress;
import java.time.Duration;

/** How an attempt at a pair ended. */
sealed interface Outcome {

    /**
     * @param from the address that answered, after redirects
     */
    record Fetched(HopResult.Image image, WebAddress from) implements Outcome {}

    record Refused(HopResult.Refused reason) implements Outcome {}

    record Failed(HopResult.Failed reason) implements Outcome {}

    /**
     * There was no attempt, or none that says anything about the address.
     *
     * @param delay after which to come back
     */
    record PutOff(String rule, String detail, Duration delay) implements Outcome {}
}
