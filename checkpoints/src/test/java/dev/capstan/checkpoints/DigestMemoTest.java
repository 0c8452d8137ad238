package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.model.tensors.TensorValue;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DigestMemoTest {
    private final DigestMemo memo = new DigestMemo();

    @Test
    void shouldRememberATensorByIdentity() {
        TensorValue tensor = Drafts.tensor("w", 1, 10);
        TensorValue equal = Drafts.tensor("w", 1, 10);

        String first = memo.digest(tensor);
        String again = memo.digest(tensor);
        String ofEqual = memo.digest(equal);

        assertThat(again).isSameAs(first).isEqualTo(tensor.digest());
        assertThat(ofEqual).isNotSameAs(first).isEqualTo(first);
    }

    @Test
    void shouldForgetTensorsThatNobodyHolds() {
        TensorValue kept = Drafts.tensor("kept", 1, 10);
        for (int i = 0; i < 100; i++) {
            memo.digest(Drafts.tensor("passing", i, 10));
        }

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            memo.digest(kept);
            return memo.size() == 1;
        });
    }
}
