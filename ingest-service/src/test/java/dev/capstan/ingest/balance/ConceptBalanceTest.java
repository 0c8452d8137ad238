package dev.capstan.ingest.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.ingest.filter.Verdict.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConceptBalanceTest {
    private static final Duration WINDOW = Duration.ofSeconds(40);

    private final Counts counts = new Counts();

    @Test
    void shouldKeepEveryPairOfARareConcept() {
        ConceptBalance balance = new ConceptBalance(100, WINDOW, 1);

        for (int number = 0; number < 100; number++) {
            assertThat(balance.judge("pair-" + number, List.of("cat"), 0, counts))
                    .isEmpty();
        }
    }

    @Test
    void shouldSayWhichCoinFailedAgainstWhichChance() {
        ConceptBalance balance = new ConceptBalance(1, WINDOW, 1);
        Optional<Refusal> refusal = Optional.empty();
        for (int number = 0; refusal.isEmpty(); number++) {
            refusal = balance.judge("pair-" + number, List.of("cat", "dog"), 0, counts);
        }

        Refusal refused = refusal.get();

        assertThat(refused.rule()).isEqualTo("balance");
        assertThat(refused.score().orElseThrow())
                .isGreaterThanOrEqualTo(refused.threshold().orElseThrow())
                .isLessThan(1);
        assertThat(refused.detail()).contains("\"cat\"");
    }

    @Test
    void shouldKeepAPairWithoutConcepts() {
        ConceptBalance balance = new ConceptBalance(1, WINDOW, 1);

        assertThat(balance.judge("pair", List.of(), 0, counts)).isEmpty();
    }

    @Test
    void shouldTossTheSameCoinForTheSamePair() {
        double coin = Coin.toss("pair", "cat");

        assertThat(coin).isEqualTo(Coin.toss("pair", "cat")).isNotEqualTo(Coin.toss("pair", "dog"));
        assertThat(Coin.toss("ab", "c")).isNotEqualTo(Coin.toss("a", "bc"));
    }

    @Test
    void shouldSpreadCoinsEvenly() {
        int low = 0;
        for (int number = 0; number < 20_000; number++) {
            low += Coin.toss("pair-" + number, "cat") < 0.3 ? 1 : 0;
        }

        assertThat(low / 20_000.0).isCloseTo(0.3, within(0.01));
    }

    @Test
    void shouldForgetWithTime() {
        DecayedCount count = new DecayedCount(1000, 0);

        DecayedCount later = count.plusOne(WINDOW.toMillis(), WINDOW);

        assertThat(later.weight()).isCloseTo(1000 / Math.E + 1, within(1e-9));
    }

    @Test
    void shouldWeighAnEntryThatComesLateByItsAge() {
        DecayedCount count = new DecayedCount(10, WINDOW.toMillis());

        DecayedCount later = count.plusOne(0, WINDOW);

        assertThat(later).isEqualTo(new DecayedCount(10 + Math.exp(-1), WINDOW.toMillis()));
    }

    @Test
    void shouldComeBackFromItsBytes() {
        DecayedCount count = new DecayedCount(12.5, 1_700_000_000_000L);

        assertThat(DecayedCount.of(count.bytes())).isEqualTo(count);
    }

    @Test
    void shouldKeepEveryPairAgainOnceAFloodIsOver() {
        ConceptBalance balance = new ConceptBalance(10, WINDOW, 1);
        for (int number = 0; number < 5000; number++) {
            balance.judge("flood-" + number, List.of("cat"), 0, counts);
        }

        Optional<Refusal> refusal =
                balance.judge("pair", List.of("cat"), WINDOW.multipliedBy(8).toMillis(), counts);

        assertThat(refusal).isEmpty();
    }

    @Test
    void shouldKeepWhatTwoPassesKeepOfASkewedStream() {
        Stream stream = new Stream(300, 40_000, 20);
        int warmUp = 6 * stream.perWindow();
        ConceptBalance balance = new ConceptBalance(stream.target(), WINDOW, 1);
        Map<String, Integer> keptByConcept = new HashMap<>();
        int kept = 0;
        for (int number = 0; number < stream.pairs().size(); number++) {
            List<String> concepts = stream.pairs().get(number);
            boolean refused = balance.judge("pair-" + number, concepts, stream.time(number), counts)
                    .isPresent();
            if (!refused && number >= warmUp) {
                kept++;
                concepts.forEach(concept -> keptByConcept.merge(concept, 1, Integer::sum));
            }
        }

        TwoPass expected = TwoPass.of(stream, warmUp);

        assertThat(kept).isCloseTo(expected.kept(), Percentage.withPercentage(2));
        // Not a stream that needs no balance.
        assertThat(expected.kept()).isLessThan((stream.pairs().size() - warmUp) * 3 / 4);
        for (int rank = 0; rank < 20; rank++) {
            String concept = "concept-" + rank;
            assertThat(keptByConcept.get(concept))
                    .as(concept)
                    .isCloseTo(expected.byConcept().get(concept), Percentage.withPercentage(2));
        }
    }

    @Test
    void shouldKeepAsManyWhenTheStreamIsSpreadOverPartitions() {
        Stream stream = new Stream(300, 40_000, 16);
        int warmUp = 6 * stream.perWindow();
        ConceptBalance balance = new ConceptBalance(stream.target(), WINDOW, 4);
        List<Counts> partitions = List.of(new Counts(), new Counts(), new Counts(), new Counts());
        Random random = new Random(11);
        int kept = 0;
        for (int number = 0; number < stream.pairs().size(); number++) {
            boolean refused = balance.judge(
                            "pair-" + number,
                            stream.pairs().get(number),
                            stream.time(number),
                            partitions.get(random.nextInt(4)))
                    .isPresent();
            kept += !refused && number >= warmUp ? 1 : 0;
        }

        TwoPass expected = TwoPass.of(stream, warmUp);

        assertThat(kept).isCloseTo(expected.kept(), Percentage.withPercentage(2));
    }

    /** Pairs of one to three concepts whose frequency falls with their rank (Zipf), evenly in time. */
    private record Stream(int target, int perWindow, List<List<String>> pairs) {
        private static final int CONCEPTS = 500;

        Stream(int target, int perWindow, int windows) {
            this(target, perWindow, pairs(perWindow * windows));
        }

        long time(int number) {
            return number * WINDOW.toMillis() / perWindow;
        }

        private static List<List<String>> pairs(int count) {
            double[] cumulated = new double[CONCEPTS];
            double sum = 0;
            for (int rank = 0; rank < CONCEPTS; rank++) {
                sum += 1.0 / (rank + 1);
                cumulated[rank] = sum;
            }
            Random random = new Random(5);
            List<List<String>> pairs = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                List<String> concepts = new ArrayList<>();
                int size = 1 + random.nextInt(3);
                while (concepts.size() < size) {
                    int rank = Arrays.binarySearch(cumulated, random.nextDouble() * sum);
                    String concept = "concept-" + (rank < 0 ? -rank - 1 : rank);
                    if (!concepts.contains(concept)) {
                        concepts.add(concept);
                    }
                }
                pairs.add(concepts);
            }
            return pairs;
        }
    }

    /** MetaCLIP's algorithm: count everything, then toss. */
    private record TwoPass(int kept, Map<String, Integer> byConcept) {
        static TwoPass of(Stream stream, int from) {
            Map<String, Integer> all = new HashMap<>();
            List<List<String>> pairs = stream.pairs();
            for (List<String> concepts : pairs.subList(from, pairs.size())) {
                concepts.forEach(concept -> all.merge(concept, 1, Integer::sum));
            }
            double target = (double) stream.target() * (pairs.size() - from) / stream.perWindow();
            int kept = 0;
            Map<String, Integer> byConcept = new HashMap<>();
            for (int number = from; number < pairs.size(); number++) {
                String id = "pair-" + number;
                boolean keep = pairs.get(number).stream()
                        .anyMatch(concept -> Coin.toss(id, concept)
                                < target / Math.max(Objects.requireNonNull(all.get(concept)), target));
                if (keep) {
                    kept++;
                    pairs.get(number).forEach(concept -> byConcept.merge(concept, 1, Integer::sum));
                }
            }
            return new TwoPass(kept, byConcept);
        }
    }

    private static final class Counts implements ConceptCounts {
        private final Map<String, DecayedCount> counts = new HashMap<>();

        @Override
        public @Nullable DecayedCount get(String concept) {
            return counts.get(concept);
        }

        @Override
        public void put(String concept, DecayedCount count) {
            counts.put(concept, count);
        }
    }
}
