package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.CurationPolicy.Balance;
import dev.capstan.ingest.filter.Verdict.Refusal;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The policy's concept list and what of it a curated pair carries. */
class CuratedConceptsTest {

    @Test
    void shouldStampTheListedConceptsOfTheText() {
        Curation curation = curate(true, "a dog  and a\ncat");

        assertThat(curation.pair().orElseThrow().getListedConcepts()).containsExactly("cat", "a dog");
    }

    @Test
    void shouldRefuseATextThatNamesNone() {
        Refusal refusal = curate(true, "a Cat").refusal().orElseThrow();

        assertThat(refusal.rule()).isEqualTo("text-no-concept");
        assertThat(refusal.score()).hasValue(0);
        assertThat(refusal.threshold()).hasValue(1);
    }

    @Test
    void shouldKeepATextThatNamesNoneIfThePolicySaysSo() {
        Curation curation = curate(false, "a Cat");

        assertThat(curation.pair().orElseThrow().getListedConcepts()).isEmpty();
    }

    @Test
    void shouldStampThePolicyAnewWhenTheListChanges() {
        String one = policy(true, "cat").version();

        assertThat(one)
                .isNotEqualTo(policy(true, "dog").version())
                .isEqualTo(policy(true, "cat").version());
    }

    private static Curation curate(boolean requireConcept, String text) {
        Curator curator = new Curator(
                policy(requireConcept, "cat", "a dog", "bird"), new ConceptCatalog(List.of()), Clock.systemUTC());
        return curator.curate(TestPairs.pair("p", text, TestPairs.picture(1, 40, 40)));
    }

    private static CurationPolicy policy(boolean requireConcept, String... concepts) {
        Balance balance = new Balance(
                Optional.of(ConceptList.of(List.of(concepts))),
                requireConcept,
                Balance.DEFAULT_TARGET,
                Balance.DEFAULT_WINDOW);
        return TestPolicies.with(balance);
    }
}
