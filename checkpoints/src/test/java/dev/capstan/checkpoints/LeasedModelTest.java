package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LeasedModelTest {
    private final ModelCounter counter = new ModelCounter();
    private final FakeModel model = counter.open(1);
    private final LeasedModel<FakeModel> leased = new LeasedModel<>(1, model);

    @Test
    void shouldFreeAnIdleModelWhenRetired() {
        leased.retire();

        assertThat(model.isClosed()).isTrue();
        assertThat(leased.lease()).isEmpty();
    }

    @Test
    void shouldFreeARetiredModelAtTheEndOfItsLastLease() {
        Lease<FakeModel> first = leased.lease().orElseThrow();
        Lease<FakeModel> second = leased.lease().orElseThrow();
        leased.retire();
        first.close();
        boolean freedAfterTheFirst = model.isClosed();

        second.close();

        assertThat(freedAfterTheFirst).isFalse();
        assertThat(model.isClosed()).isTrue();
    }

    @Test
    void shouldNotFreeTwice() {
        Lease<FakeModel> lease = leased.lease().orElseThrow();
        leased.retire();
        lease.close();
        lease.close();

        leased.retire();

        assertThat(counter.closed()).isEqualTo(1);
    }

    @Test
    void shouldNotGiveTheModelOfALeaseThatEnded() {
        Lease<FakeModel> lease = leased.lease().orElseThrow();
        lease.close();

        assertThatThrownBy(lease::model)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The lease of version 1 has ended");
    }
}
