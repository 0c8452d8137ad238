package dev.capstan.console.live;

import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.RejectedRequest;

/** Hears of every answer, on the follower's thread. */
public interface AnswerListener {
    void answered(ClassificationEvent event);

    void answered(CaptionEvent event);

    void refused(RejectedRequest refusal);
}
