package dev.capstan.ingest;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fuzzer's targets over the inputs from which it starts, without the fuzzer. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FuzzSeedsTest {

    @ParameterizedTest
    @MethodSource("dev.capstan.ingest.FuzzTargets#images")
    void shouldCurateOrRefuseAnyFile(byte[] input) {
        FuzzTargets.anyFile(input);
    }

    @ParameterizedTest
    @MethodSource("dev.capstan.ingest.FuzzTargets#texts")
    void shouldJudgeAnyText(byte[] input) {
        FuzzTargets.anyText(input);
    }

    @ParameterizedTest
    @MethodSource("dev.capstan.ingest.FuzzTargets#policies")
    void shouldReadOrRefuseAnyPolicy(byte[] input) {
        FuzzTargets.anyPolicy(input);
    }

    @ParameterizedTest
    @MethodSource("dev.capstan.ingest.FuzzTargets#records")
    void shouldReadOrRefuseAnyRecord(byte[] input) {
        FuzzTargets.anyRecord(input);
    }
}
