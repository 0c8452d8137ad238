package dev.capstan.ingest.fetch.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class PartitionProgressTest {
    private static final int BROKER_TAKES_CHARACTERS = 4096;

    @Test
    void shouldHoldTheFrontierAtTheOldestThatIsNotDone() {
        PartitionProgress progress = new PartitionProgress(new OffsetAndMetadata(100), 50);
        for (long offset = 100; offset < 110; offset++) {
            progress.begin(offset);
        }

        progress.finish(105);
        progress.finish(101);

        assertThat(progress.frontier()).isEqualTo(100);
        progress.finish(100);
        assertThat(progress.frontier()).isEqualTo(102);
        assertThat(progress.underWay()).isEqualTo(7);
    }

    @Test
    void shouldTellASuccessorWhatIsDoneAboveTheFrontier() {
        PartitionProgress before = new PartitionProgress(new OffsetAndMetadata(7), 50);
        for (long offset = 7; offset < 12; offset++) {
            before.begin(offset);
        }
        before.finish(8);
        before.finish(10);

        PartitionProgress after = new PartitionProgress(before.commit(), 50);

        assertThat(after.frontier()).isEqualTo(7);
        assertThat(after.begin(7)).isTrue();
        assertThat(after.begin(8)).isFalse();
        assertThat(after.begin(9)).isTrue();
        assertThat(after.begin(10)).isFalse();
        after.finish(7);
        assertThat(after.frontier()).isEqualTo(9);
        after.finish(9);
        assertThat(after.commit()).isEqualTo(new OffsetAndMetadata(11));
    }

    @Test
    void shouldBoundTheDistanceAndWithItTheMetadata() {
        int window = DoneAbove.MAX_DISTANCE;
        PartitionProgress progress = new PartitionProgress(new OffsetAndMetadata(0), window);
        for (long offset = 0; offset < window; offset++) {
            progress.begin(offset);
        }

        for (long offset = 1; offset < window; offset++) {
            progress.finish(offset);
        }

        assertThat(progress.hasRoomFor(window)).isFalse();
        assertThat(progress.commit().metadata()).hasSizeLessThan(BROKER_TAKES_CHARACTERS);
        assertThat(new PartitionProgress(progress.commit(), window).commit()).isEqualTo(progress.commit());
        progress.finish(0);
        assertThat(progress.hasRoomFor(window)).isTrue();
        assertThat(progress.commit()).isEqualTo(new OffsetAndMetadata(window));
    }

    @Test
    void shouldPassOverTheLogsOwnMarks() {
        PartitionProgress progress = new PartitionProgress(new OffsetAndMetadata(0), 10);
        progress.begin(0);
        progress.begin(5);
        progress.passTo(7);

        progress.finish(0);
        long between = progress.frontier();
        progress.finish(5);

        assertThat(between).isEqualTo(5);
        assertThat(progress.frontier()).isEqualTo(7);
    }

    @Test
    void shouldNotGoOnFromACommitOfSomebodyElse() {
        OffsetAndMetadata foreign = new OffsetAndMetadata(3, "cursor=9");

        assertThatThrownBy(() -> new PartitionProgress(foreign, 10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cursor=9");
    }
}
