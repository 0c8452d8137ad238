package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 12, 16, 17, 390, 5328})
    void shouldTakeEachValueOnce(int size) {
        Permutation permutation = new Permutation(size, 42);

        List<Integer> values =
                IntStream.range(0, size).mapToObj(permutation::at).toList();

        assertThat(values)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, size).boxed().toList());
    }

    @Test
    void shouldDependOnTheKey() {
        List<Integer> first =
                IntStream.range(0, 100).mapToObj(new Permutation(100, 1)::at).toList();

        List<Integer> second =
                IntStream.range(0, 100).mapToObj(new Permutation(100, 2)::at).toList();

        assertThat(first).isNotEqualTo(second);
        assertThat(first).isNotEqualTo(IntStream.range(0, 100).boxed().toList());
    }
}
