package dev.capstan.schemas;

/**
 * Kafka headers of requests whose true answer the asker knows. Inference ignores them; readers that measure quality
 * compare them with the answers.
 */
public final class ProbeHeaders {
    /** The true label, UTF-8. */
    public static final String PROBE_EXPECTED = "capstan-probe-expected";

    /** The label set that the picture belongs to, UTF-8. */
    public static final String PROBE_SET = "capstan-probe-set";

    private ProbeHeaders() {}
}
