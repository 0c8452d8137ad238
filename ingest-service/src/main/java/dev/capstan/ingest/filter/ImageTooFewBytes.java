package dev.capstan.ingest.filter;

import java.nio.ByteBuffer;

/** The image file has fewer bytes than wanted. */
record ImageTooFewBytes(int minBytes) implements Rule<ByteBuffer> {
    static final String NAME = "image-too-few-bytes";

    @Override
    public Verdict judge(ByteBuffer file) {
        int bytes = file.remaining();
        if (bytes >= minBytes) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME, bytes, minBytes, "The image has " + bytes + " bytes; at least " + minBytes + " are wanted.");
    }
}
