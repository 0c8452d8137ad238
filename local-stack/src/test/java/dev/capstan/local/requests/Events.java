package dev.capstan.local.requests;

import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ScoredCaption;
import dev.capstan.schemas.records.ScoredLabel;
import java.time.Instant;
import java.util.List;

/** Answers as inference would write them. */
public final class Events {
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");
    private static final String MODEL = "capstan-demo";

    private Events() {}

    public static ClassificationEvent label(String requestId, String label) {
        return new ClassificationEvent(
                "event-" + requestId, requestId, label, List.of(new ScoredLabel(label, 0.75)), MODEL, 7L, THEN, THEN);
    }

    public static CaptionEvent caption(String requestId, String caption) {
        return new CaptionEvent(
                "event-" + requestId,
                requestId,
                caption,
                List.of(new ScoredCaption(caption, -1.0)),
                0.5,
                MODEL,
                7L,
                THEN,
                THEN);
    }

    public static RejectedRequest refusal(String requestId, String reason, String detail) {
        return new RejectedRequest(requestId, reason, detail, "requests.classify", 0, 0L, THEN);
    }
}
