package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input is the normal case: every kind that we know ends in the rule that is meant for it, in bounded time and memory. */
class BadInputTest {

    /** The largest picture that is decoded takes 48 MiB, and there are copies. */
    private static final long MAX_ALLOCATED_BYTES = 400L << 20;

    private static final Curator CURATOR =
            new Curator(CurationPolicy.defaults(), new ConceptCatalog(List.of("dog")), Clock.systemUTC());

    static List<BadInput> cases() {
        return Stream.concat(BadTexts.all().stream(), BadImages.all().stream()).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldEndInTheRuleThatIsMeantForIt(BadInput input) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        Curation curation = CURATOR.curate(input.pair());

        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(curation.refusal().map(refusal -> refusal.rule()).orElse(BadInput.ACCEPTED))
                .as(() -> curation.refusal().map(refusal -> refusal.detail()).orElse("accepted"))
                .isEqualTo(input.expected());
        assertThat(allocated).isLessThan(MAX_ALLOCATED_BYTES);
    }

    @Test
    void shouldKnowAtLeastThreeHundredCasesOfDifferentNames() {
        assertThat(cases().stream().map(BadInput::name).distinct()).hasSizeGreaterThanOrEqualTo(300);
    }
}
