package dev.capstan.inference.loop;

/**
 * How much is answered in one transaction.
 *
 * @param maxRequests most requests of one poll and of one batch of classifications ({@code max-batch-requests})
 * @param maxCaptions most requests of one batch of captions, which cost many steps of the language model each ({@code max-batch-captions})
 * @param maxBytes most bytes of a batch's records; one larger record makes a batch of its own ({@code max-batch-bytes})
 */
public record BatchLimits(int maxRequests, int maxCaptions, long maxBytes) {
    public BatchLimits {
        if (maxRequests < 1 || maxCaptions < 1 || maxBytes < 1) {
            throw new IllegalArgumentException("Limits of a batch must be positive: maxRequests " + maxRequests
                    + ", maxCaptions " + maxCaptions + ", maxBytes " + maxBytes);
        }
    }
}
