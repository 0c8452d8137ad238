package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EvaluationBudgetTest {
    private final AtomicLong nanos = new AtomicLong();
    private final EvaluationBudget budget = new EvaluationBudget(0.05, nanos::get);

    @Test
    void shouldAllowTheFirst() {
        assertThat(budget.allows()).isTrue();
    }

    @Test
    void shouldWaitUntilTheShareCoversWhatWasSpent() {
        budget.spend(Duration.ofSeconds(1));
        nanos.set(Duration.ofSeconds(19).toNanos());
        boolean tooEarly = budget.allows();
        nanos.set(Duration.ofSeconds(20).toNanos());

        boolean inTime = budget.allows();

        assertThat(tooEarly).isFalse();
        assertThat(inTime).isTrue();
    }
}
