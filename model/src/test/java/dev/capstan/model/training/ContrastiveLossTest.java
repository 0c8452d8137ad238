package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ContrastiveLossTest {
    @Test
    void shouldTakeTextsForEqualWhateverTheirCaseAndWhiteSpace() {
        int[] groups = ContrastiveLoss.groups(List.of("cat face", "dog", "Cat  Face", " dog ", "cat", "CAT\tFACE"));

        assertThat(groups).containsExactly(0, 1, 0, 1, 4, 0);
    }
}
