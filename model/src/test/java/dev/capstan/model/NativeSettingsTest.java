package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeSettingsTest {
    @Test
    void shouldKeepTheTokenizerOnTheProcessorAndUsageToItself() {
        NativeSettings.ensure();

        assertThat(given("RUST_FLAVOR")).isEqualTo("cpu");
        assertThat(given("OPT_OUT_TRACKING")).isEqualTo("true");
    }

    @Test
    void shouldLeaveWhatWasGivenAlone() {
        String before = System.getProperty("RUST_FLAVOR");
        System.setProperty("RUST_FLAVOR", "cu124");
        try {
            NativeSettings.ensure();

            assertThat(System.getProperty("RUST_FLAVOR")).isEqualTo("cu124");
        } finally {
            if (before == null) {
                System.clearProperty("RUST_FLAVOR");
            } else {
                System.setProperty("RUST_FLAVOR", before);
            }
        }
    }

    private static String given(String name) {
        String variable = System.getenv(name);
        return variable == null ? System.getProperty(name, "") : variable;
    }
}
