package dev.capstan.local.demo;

import dev.capstan.local.requests.Answer;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What became of the demo's own requests, for the view. Safe for use by several threads. */
final class RequestBoard {
    private static final int RECENT = 256;

    private final Clock clock;
    private final long[] recentMillis = new long[RECENT];
    private long asked;
    private long answered;
    private long refused;
    private long timedOut;
    private @Nullable Instant firstAnswer;
    private @Nullable String lastProblem;

    RequestBoard(Clock clock) {
        this.clock = clock;
    }

    /** A moment's counts; the median is of the last answers. */
    record Counts(
            long asked,
            long answered,
            long refused,
            long timedOut,
            long medianMillis,
            @Nullable String problem) {}

    synchronized void asked() {
        asked++;
    }

    synchronized void ended(Answer<?> answer) {
        if (answer instanceof Answer.Answered<?> right) {
            if (firstAnswer == null) {
                firstAnswer = clock.instant();
            }
            recentMillis[(int) (answered % RECENT)] = right.took().toMillis();
            answered++;
        } else if (answer instanceof Answer.Refused<?> refusal) {
            refused++;
            lastProblem = refusal.reason() + ": " + refusal.detail();
        } else if (answer instanceof Answer.TimedOut<?> late) {
            timedOut++;
            lastProblem = "no answer within " + late.waited().toSeconds() + " s";
        }
    }

    synchronized void failed(Throwable problem) {
        lastProblem = String.valueOf(problem.getMessage());
    }

    synchronized Counts counts() {
        return new Counts(asked, answered, refused, timedOut, median(), lastProblem);
    }

    /** When the first answer was seen, or null. */
    synchronized @Nullable Instant firstAnswer() {
        return firstAnswer;
    }

    private long median() {
        int count = (int) Math.min(answered, RECENT);
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(recentMillis, count);
        Arrays.sort(sorted);
        return sorted[count / 2];
    }
}
