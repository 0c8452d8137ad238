package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DemoViewTest {
    private final DemoView view = new DemoView(120);

    @Test
    void shouldSayThatNothingIsThereYet() {
        List<String> screen = plain(view.screen(DemoSnapshots.atTheStart()));

        assertThat(screen.get(0)).isEqualTo("capstan demo  0:00/5:00  streaming");
        assertThat(screen)
                .contains("  not asked yet")
                .anyMatch(line -> line.contains("no animals yet"))
                .anyMatch(line -> line.contains("no version served yet"))
                .anyMatch(line -> line.contains("no loss yet"));
    }

    @Test
    void shouldShowTheFiguresOfEveryStage() {
        List<String> screen = plain(view.screen(DemoSnapshots.running(
                List.of(new ProbeBoard.Counts(4, 100, 50, 100, 20)), List.of(), List.of("trainer ended"))));

        assertThat(screen)
                .contains(
                        "capstan demo  1:15/5:00  streaming  2,100 MB resident",
                        "feed       250 pairs/s, with animals",
                        "ingest     12,345 crawled   lag 1.3 s",
                        "           11,000 curated   600 held out   745 rejected with a reason",
                        "trainer    10,000 pairs in checkpoints   step 80   loss contrastive 2.35   lag to last "
                                + "checkpoint 2.5 s",
                        "inference  version 4 of 5 served   published to served in 420 ms   4 reloads",
                        "requests   200 asked   190 answered   median 35 ms   2 refused   1 timed out   "
                                + "(no answer within 20 s)",
                        "  version 4    ████████░░░░░░░  50 %   ███░░░░░░░░░░░░  20 %",
                        "! trainer ended");
    }

    @Test
    void shouldKeepTheFirstVersionAmongTheNewest() {
        List<ProbeBoard.Counts> results = LongStream.rangeClosed(1, 20)
                .mapToObj(version -> new ProbeBoard.Counts(version, 10, 5, 10, 1))
                .toList();

        List<String> screen = plain(view.screen(DemoSnapshots.running(results, List.of(), List.of())));

        assertThat(screen.stream().filter(line -> line.startsWith("  version")).map(line -> line.split("\\s+", -1)[2]))
                .containsExactly("1", "13", "14", "15", "16", "17", "18", "19", "20");
    }

    @Test
    void shouldShowTheFirstAndTheNewestCaptionOfAnExample() {
        DemoSnapshot.Example fox = new DemoSnapshot.Example(
                "fox",
                new ProbeBoard.Said(1, "a very long caption that goes on\nand on and on", false),
                new ProbeBoard.Said(4, "fox", true));

        List<String> screen = view.screen(DemoSnapshots.running(List.of(), List.of(fox), List.of()));

        assertThat(plain(screen)).contains("  fox                a very long caption that goes… fox");
        assertThat(screen).anyMatch(line -> line.contains("\u001b[32mfox\u001b[0m"));
    }

    @Test
    void shouldCutLinesToTheTerminalAndKeepControlSequencesWhole() {
        DemoView narrow = new DemoView(70);

        List<String> screen = narrow.screen(DemoSnapshots.running(List.of(), List.of(), List.of("x".repeat(200))));

        assertThat(plain(screen)).allMatch(line -> line.length() <= 70);
        assertThat(screen.get(0)).endsWith("\u001b[0m");
    }

    @Test
    void shouldNeverBeNarrowerThanItsTables() {
        List<String> screen =
                new DemoView(1).screen(DemoSnapshots.running(List.of(), List.of(), List.of("x".repeat(200))));

        assertThat(plain(screen)).anyMatch(line -> line.length() == 60);
    }

    @Test
    void shouldPutEverythingOnOneLineForOutputThatIsKept() {
        String line = view.line(DemoSnapshots.running(
                List.of(new ProbeBoard.Counts(1, 10, 0, 10, 0), new ProbeBoard.Counts(4, 100, 50, 100, 20)),
                List.of(),
                List.of()));

        assertThat(line)
                .isEqualTo("1:15/5:00 streaming: 12,345 crawled, 10,000 trained, lag 3.8 s, version 4 served, "
                        + "190 answered, animals: 50 % named, 20 % captioned exactly, 2,100 MB");
    }

    private static List<String> plain(List<String> lines) {
        return lines.stream().map(line -> line.replaceAll("\u001b\\[\\d+m", "")).toList();
    }
}
