package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private final List<Duration> slept = new ArrayList<>();
    private final Patience patience = new Patience(slept::add);
    private int calls;

    @Test
    void shouldAnswerAtOnceWhenNothingIsWrong() {
        String answer = patience.with(() -> "answer");

        assertThat(answer).isEqualTo("answer");
        assertThat(slept).isEmpty();
    }

    @Test
    void shouldTryAgainUntilTheRegistryAnswers() {
        int answer = patience.with(() -> {
            calls++;
            if (calls < 3) {
                throw new RegistryUnavailableException("away", new IOException("refused"));
            }
            return calls;
        });

        assertThat(answer).isEqualTo(3);
        assertThat(slept).hasSize(2);
    }

    @Test
    void shouldGiveUpBeforeATransactionRunsOut() {
        assertThatThrownBy(() -> patience.with(() -> {
                    throw new RegistryUnavailableException("away", new IOException("refused"));
                }))
                .isInstanceOf(RegistryUnavailableException.class);

        Duration total = slept.stream().reduce(Duration.ZERO, Duration::plus);
        assertThat(total).isGreaterThan(Duration.ofSeconds(2)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void shouldNotTryPoisonTwice() {
        assertThatThrownBy(() -> patience.with(() -> {
                    throw new PoisonRecordException("broken", null);
                }))
                .isInstanceOf(PoisonRecordException.class);
        assertThat(slept).isEmpty();
    }
}
